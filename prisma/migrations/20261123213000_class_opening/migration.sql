-- AlterTable
ALTER TABLE "class" ADD COLUMN     "chapters" TEXT[],
ADD COLUMN     "join_until" TIMESTAMPTZ(3);
