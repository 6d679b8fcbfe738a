-- CreateTable
CREATE TABLE "answer" (
    "id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "class_id" TEXT,
    "given" JSONB NOT NULL,
    "outcome" TEXT NOT NULL,
    "content_hash" TEXT NOT NULL,
    "answered_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "answer_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "answer_person_id_key_answered_at_idx" ON "answer"("person_id", "key", "answered_at");

-- CreateIndex
CREATE INDEX "answer_class_id_key_idx" ON "answer"("class_id", "key");

-- AddForeignKey
ALTER TABLE "answer" ADD CONSTRAINT "answer_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Written by hand from here: what Prisma's schema language cannot say.

ALTER TABLE "answer" ADD CONSTRAINT "answer_outcome" CHECK ("outcome" IN ('right', 'wrong', 'recorded'));
