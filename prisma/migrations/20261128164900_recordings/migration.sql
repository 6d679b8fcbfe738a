-- AlterTable
ALTER TABLE "class" ADD COLUMN     "record_terminals" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "recordings_kept_days" INTEGER NOT NULL DEFAULT 30;

-- AlterTable
ALTER TABLE "enrolment" ADD COLUMN     "recording_off" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "recording" (
    "id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "class_id" TEXT NOT NULL,
    "lab_id" TEXT NOT NULL,
    "node" TEXT NOT NULL,
    "slot" TEXT NOT NULL,
    "gateway" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    "duration_ms" INTEGER,
    "bytes" INTEGER,

    CONSTRAINT "recording_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "recording_person_id_lab_id_started_at_idx" ON "recording"("person_id", "lab_id", "started_at");

-- CreateIndex
CREATE INDEX "recording_class_id_started_at_idx" ON "recording"("class_id", "started_at");

-- AddForeignKey
ALTER TABLE "recording" ADD CONSTRAINT "recording_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recording" ADD CONSTRAINT "recording_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "class"("id") ON DELETE CASCADE ON UPDATE CASCADE;
