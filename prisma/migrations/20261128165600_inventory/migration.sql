-- CreateTable
CREATE TABLE "inventory" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "summary" JSONB NOT NULL,
    "learnt" JSONB NOT NULL DEFAULT '{}',
    "in_use" BOOLEAN NOT NULL DEFAULT false,
    "class_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "inventory_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "inventory_seat" (
    "inventory_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "nodes" TEXT[],
    "lab_id" TEXT,

    CONSTRAINT "inventory_seat_pkey" PRIMARY KEY ("inventory_id","name")
);

-- CreateIndex
CREATE UNIQUE INDEX "inventory_name_key" ON "inventory"("name");

-- CreateIndex
CREATE INDEX "inventory_class_id_idx" ON "inventory"("class_id");

-- CreateIndex
CREATE UNIQUE INDEX "inventory_seat_lab_id_key" ON "inventory_seat"("lab_id");

-- AddForeignKey
ALTER TABLE "inventory_seat" ADD CONSTRAINT "inventory_seat_inventory_id_fkey" FOREIGN KEY ("inventory_id") REFERENCES "inventory"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "inventory_seat" ADD CONSTRAINT "inventory_seat_lab_id_fkey" FOREIGN KEY ("lab_id") REFERENCES "lab"("id") ON DELETE SET NULL ON UPDATE CASCADE;
