-- CreateTable
CREATE TABLE "lab_picture" (
    "lab_id" TEXT NOT NULL,
    "picture" JSONB NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "lab_picture_pkey" PRIMARY KEY ("lab_id")
);

-- AddForeignKey
ALTER TABLE "lab_picture" ADD CONSTRAINT "lab_picture_lab_id_fkey" FOREIGN KEY ("lab_id") REFERENCES "lab"("id") ON DELETE CASCADE ON UPDATE CASCADE;
