-- CreateTable
CREATE TABLE "judgement" (
    "id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "lab_id" TEXT NOT NULL,
    "class_id" TEXT,
    "chapter_key" TEXT NOT NULL,
    "observed_at" TIMESTAMPTZ(3) NOT NULL,
    "body" BYTEA NOT NULL,

    CONSTRAINT "judgement_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "regrade" (
    "id" TEXT NOT NULL,
    "class_id" TEXT NOT NULL,
    "key_prefix" TEXT NOT NULL,
    "asked_by_id" TEXT,
    "asked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "held_until" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "result" JSONB,
    "trouble" TEXT,

    CONSTRAINT "regrade_pkey" PRIMARY KEY ("id")
);

-- AlterTable
ALTER TABLE "attempt" ADD COLUMN     "judgement_id" TEXT;

-- AlterTable
ALTER TABLE "step_pass" ADD COLUMN     "judged_again" JSONB,
ADD COLUMN     "judgement_id" TEXT;

-- CreateIndex
CREATE INDEX "judgement_person_id_chapter_key_observed_at_idx" ON "judgement"("person_id", "chapter_key", "observed_at");

-- CreateIndex
CREATE INDEX "judgement_class_id_chapter_key_idx" ON "judgement"("class_id", "chapter_key");

-- CreateIndex
CREATE INDEX "judgement_lab_id_observed_at_idx" ON "judgement"("lab_id", "observed_at");

-- CreateIndex
CREATE INDEX "regrade_class_id_asked_at_idx" ON "regrade"("class_id", "asked_at");

-- CreateIndex
CREATE INDEX "regrade_asked_by_id_idx" ON "regrade"("asked_by_id");

-- CreateIndex
CREATE INDEX "attempt_judgement_id_idx" ON "attempt"("judgement_id");

-- CreateIndex
CREATE INDEX "step_pass_judgement_id_idx" ON "step_pass"("judgement_id");

-- AddForeignKey
ALTER TABLE "judgement" ADD CONSTRAINT "judgement_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "regrade" ADD CONSTRAINT "regrade_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "class"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "regrade" ADD CONSTRAINT "regrade_asked_by_id_fkey" FOREIGN KEY ("asked_by_id") REFERENCES "person"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_judgement_id_fkey" FOREIGN KEY ("judgement_id") REFERENCES "judgement"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "step_pass" ADD CONSTRAINT "step_pass_judgement_id_fkey" FOREIGN KEY ("judgement_id") REFERENCES "judgement"("id") ON DELETE SET NULL ON UPDATE CASCADE;
