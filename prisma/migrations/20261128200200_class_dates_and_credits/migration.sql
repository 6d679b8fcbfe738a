-- When a class meets, and in how many groups; a student's optional mail address, and which of several classes they work in.
ALTER TABLE "class" ADD COLUMN "starts_at" TIMESTAMPTZ(3),
ADD COLUMN "ends_at" TIMESTAMPTZ(3),
ADD COLUMN "group_count" INTEGER NOT NULL DEFAULT 0;

ALTER TABLE "enrolment" ADD COLUMN "email" TEXT,
ADD COLUMN "chosen_at" TIMESTAMPTZ(3);

-- What an instructor said about who of a group passed a step.
CREATE TABLE "pass_correction" (
    "id" TEXT NOT NULL,
    "class_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "lab_id" TEXT NOT NULL,
    "step_key" TEXT NOT NULL,
    "credited" BOOLEAN NOT NULL,
    "reason" TEXT NOT NULL,
    "author_id" TEXT,
    "withdrawn" JSONB,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pass_correction_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "pass_correction_person_id_lab_id_step_key_key" ON "pass_correction"("person_id", "lab_id", "step_key");

CREATE INDEX "pass_correction_class_id_idx" ON "pass_correction"("class_id");

ALTER TABLE "pass_correction" ADD CONSTRAINT "pass_correction_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "class"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "pass_correction" ADD CONSTRAINT "pass_correction_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "pass_correction" ADD CONSTRAINT "pass_correction_author_id_fkey" FOREIGN KEY ("author_id") REFERENCES "person"("id") ON DELETE SET NULL ON UPDATE CASCADE;
