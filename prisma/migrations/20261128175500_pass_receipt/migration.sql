-- AlterTable
ALTER TABLE "step_pass" ADD COLUMN     "receipt" JSONB;
