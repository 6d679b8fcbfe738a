-- CreateTable
CREATE TABLE "exercise_start" (
    "id" TEXT NOT NULL,
    "lab_id" TEXT NOT NULL,
    "person_id" TEXT,
    "group_id" TEXT,
    "chapter_key" TEXT NOT NULL,
    "drawn" JSONB NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "exercise_start_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "exercise_start_lab_id_chapter_key_idx" ON "exercise_start"("lab_id", "chapter_key");

-- CreateIndex
CREATE INDEX "exercise_start_person_id_idx" ON "exercise_start"("person_id");

-- CreateIndex
CREATE INDEX "exercise_start_group_id_idx" ON "exercise_start"("group_id");

-- AddForeignKey
ALTER TABLE "exercise_start" ADD CONSTRAINT "exercise_start_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "exercise_start" ADD CONSTRAINT "exercise_start_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "group"("id") ON DELETE CASCADE ON UPDATE CASCADE;
