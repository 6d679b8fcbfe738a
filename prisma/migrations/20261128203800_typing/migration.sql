-- When whose terminal of a group's lab typed; never what.
CREATE TABLE "typing_span" (
    "id" TEXT NOT NULL,
    "lab_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "node" TEXT NOT NULL,
    "from_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "until_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "typing_span_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "typing_span_lab_id_until_at_idx" ON "typing_span"("lab_id", "until_at");

CREATE INDEX "typing_span_person_id_idx" ON "typing_span"("person_id");

ALTER TABLE "typing_span" ADD CONSTRAINT "typing_span_lab_id_fkey" FOREIGN KEY ("lab_id") REFERENCES "lab"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "typing_span" ADD CONSTRAINT "typing_span_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;
