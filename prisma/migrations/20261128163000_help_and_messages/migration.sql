-- AlterTable
ALTER TABLE "group_member" ADD COLUMN     "seen_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "help_request" (
    "id" TEXT NOT NULL,
    "class_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "lab_id" TEXT,
    "step" TEXT,
    "note" TEXT,
    "asked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "claimed_by_id" TEXT,
    "claimed_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "ended_by" TEXT,

    CONSTRAINT "help_request_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "class_message" (
    "id" TEXT NOT NULL,
    "class_id" TEXT NOT NULL,
    "to_person_id" TEXT,
    "author_id" TEXT,
    "text" TEXT NOT NULL,
    "sent_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "class_message_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "help_request_class_id_ended_at_idx" ON "help_request"("class_id", "ended_at");

-- CreateIndex
CREATE INDEX "help_request_person_id_idx" ON "help_request"("person_id");

-- CreateIndex
CREATE INDEX "class_message_class_id_sent_at_idx" ON "class_message"("class_id", "sent_at");

-- CreateIndex
CREATE INDEX "class_message_to_person_id_idx" ON "class_message"("to_person_id");

-- AddForeignKey
ALTER TABLE "help_request" ADD CONSTRAINT "help_request_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "class"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "help_request" ADD CONSTRAINT "help_request_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "help_request" ADD CONSTRAINT "help_request_claimed_by_id_fkey" FOREIGN KEY ("claimed_by_id") REFERENCES "person"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "class_message" ADD CONSTRAINT "class_message_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "class"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "class_message" ADD CONSTRAINT "class_message_to_person_id_fkey" FOREIGN KEY ("to_person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "class_message" ADD CONSTRAINT "class_message_author_id_fkey" FOREIGN KEY ("author_id") REFERENCES "person"("id") ON DELETE SET NULL ON UPDATE CASCADE;
