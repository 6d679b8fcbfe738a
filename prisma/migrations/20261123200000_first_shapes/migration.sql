-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "role" AS ENUM ('student', 'instructor', 'administrator');

-- CreateEnum
CREATE TYPE "lab_backend" AS ENUM ('simulated', 'inventory');

-- CreateTable
CREATE TABLE "person" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "role" "role" NOT NULL DEFAULT 'student',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "person_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sign_in" (
    "id" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ip_address" TEXT,
    "user_agent" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sign_in_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "provider_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "access_token" TEXT,
    "refresh_token" TEXT,
    "id_token" TEXT,
    "access_token_expires_at" TIMESTAMPTZ(3),
    "refresh_token_expires_at" TIMESTAMPTZ(3),
    "scope" TEXT,
    "password" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verification" (
    "id" TEXT NOT NULL,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "verification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "one_time_link" (
    "id" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "person_id" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "one_time_link_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "class" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "course_id" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "join_code" TEXT,
    "archived_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "class_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "enrolment" (
    "id" TEXT NOT NULL,
    "class_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "role" TEXT NOT NULL DEFAULT 'student',
    "display_name" TEXT NOT NULL,
    "joined_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "left_at" TIMESTAMPTZ(3),

    CONSTRAINT "enrolment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "group" (
    "id" TEXT NOT NULL,
    "class_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "group_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "group_member" (
    "group_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "joined_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "group_member_pkey" PRIMARY KEY ("group_id","person_id")
);

-- CreateTable
CREATE TABLE "seat" (
    "id" TEXT NOT NULL,
    "class_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "enrolment_id" TEXT,
    "group_id" TEXT,
    "lab_id" TEXT,

    CONSTRAINT "seat_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lab" (
    "id" TEXT NOT NULL,
    "course_id" TEXT NOT NULL,
    "backend" "lab_backend" NOT NULL,
    "nodes" TEXT[],
    "seed" TEXT NOT NULL,
    "variables" JSONB NOT NULL DEFAULT '{}',
    "person_id" TEXT,
    "group_id" TEXT,
    "class_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lab_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "chapter_baseline" (
    "id" TEXT NOT NULL,
    "lab_id" TEXT NOT NULL,
    "chapter_key" TEXT NOT NULL,
    "step_key" TEXT,
    "content_hash" TEXT NOT NULL,
    "observation" JSONB NOT NULL,
    "taken_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "chapter_baseline_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attempt" (
    "id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "lab_id" TEXT NOT NULL,
    "lab_backend" "lab_backend" NOT NULL,
    "class_id" TEXT,
    "group_id" TEXT,
    "outcome" TEXT NOT NULL,
    "weight" DOUBLE PRECISION NOT NULL,
    "verdict" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "judged_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "step_pass" (
    "id" TEXT NOT NULL,
    "step_key" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "lab_id" TEXT NOT NULL,
    "class_id" TEXT,
    "group_id" TEXT,
    "score" DOUBLE PRECISION NOT NULL DEFAULT 1,
    "content_hash" TEXT NOT NULL,
    "waived_for" TEXT,
    "passed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "step_pass_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "check_state" (
    "lab_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "weight" DOUBLE PRECISION NOT NULL,
    "verdict" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "judged_at" TIMESTAMPTZ(3) NOT NULL,
    "since_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "check_state_pkey" PRIMARY KEY ("lab_id","key")
);

-- CreateTable
CREATE TABLE "watch_lease" (
    "lab_id" TEXT NOT NULL,
    "chapter_key" TEXT NOT NULL,
    "wanted_until" TIMESTAMPTZ(3) NOT NULL,
    "check_asked" TIMESTAMPTZ(3),

    CONSTRAINT "watch_lease_pkey" PRIMARY KEY ("lab_id","chapter_key")
);

-- CreateTable
CREATE TABLE "lab_observer" (
    "lab_id" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "held_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "lab_observer_pkey" PRIMARY KEY ("lab_id")
);

-- CreateTable
CREATE TABLE "terminal_session" (
    "id" TEXT NOT NULL,
    "lab_id" TEXT NOT NULL,
    "node" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "gateway" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    "end_reason" TEXT,

    CONSTRAINT "terminal_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hint_opened" (
    "id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "lab_id" TEXT NOT NULL,
    "step_key" TEXT NOT NULL,
    "level" INTEGER NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "hint_opened_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "position" (
    "person_id" TEXT NOT NULL,
    "course_id" TEXT NOT NULL,
    "chapter_id" TEXT NOT NULL,
    "step_id" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "position_pkey" PRIMARY KEY ("person_id","course_id")
);

-- CreateTable
CREATE TABLE "audit_record" (
    "id" TEXT NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "subject_id" TEXT NOT NULL,
    "owner_id" TEXT,
    "class_id" TEXT,
    "details" JSONB NOT NULL DEFAULT '{}',
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_record_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "person_email_key" ON "person"("email");

-- CreateIndex
CREATE UNIQUE INDEX "sign_in_token_key" ON "sign_in"("token");

-- CreateIndex
CREATE INDEX "sign_in_person_id_idx" ON "sign_in"("person_id");

-- CreateIndex
CREATE INDEX "account_person_id_idx" ON "account"("person_id");

-- CreateIndex
CREATE INDEX "verification_identifier_idx" ON "verification"("identifier");

-- CreateIndex
CREATE UNIQUE INDEX "one_time_link_token_hash_key" ON "one_time_link"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "class_join_code_key" ON "class"("join_code");

-- CreateIndex
CREATE INDEX "enrolment_person_id_idx" ON "enrolment"("person_id");

-- CreateIndex
CREATE UNIQUE INDEX "enrolment_class_id_person_id_key" ON "enrolment"("class_id", "person_id");

-- CreateIndex
CREATE UNIQUE INDEX "group_class_id_name_key" ON "group"("class_id", "name");

-- CreateIndex
CREATE INDEX "group_member_person_id_idx" ON "group_member"("person_id");

-- CreateIndex
CREATE INDEX "seat_enrolment_id_idx" ON "seat"("enrolment_id");

-- CreateIndex
CREATE INDEX "seat_group_id_idx" ON "seat"("group_id");

-- CreateIndex
CREATE INDEX "seat_lab_id_idx" ON "seat"("lab_id");

-- CreateIndex
CREATE UNIQUE INDEX "seat_class_id_name_key" ON "seat"("class_id", "name");

-- CreateIndex
CREATE INDEX "lab_person_id_course_id_idx" ON "lab"("person_id", "course_id");

-- CreateIndex
CREATE INDEX "lab_group_id_idx" ON "lab"("group_id");

-- CreateIndex
CREATE INDEX "lab_class_id_idx" ON "lab"("class_id");

-- CreateIndex
CREATE INDEX "chapter_baseline_lab_id_chapter_key_taken_at_idx" ON "chapter_baseline"("lab_id", "chapter_key", "taken_at");

-- CreateIndex
CREATE INDEX "attempt_person_id_key_judged_at_idx" ON "attempt"("person_id", "key", "judged_at");

-- CreateIndex
CREATE INDEX "attempt_lab_id_judged_at_idx" ON "attempt"("lab_id", "judged_at");

-- CreateIndex
CREATE INDEX "attempt_class_id_judged_at_idx" ON "attempt"("class_id", "judged_at");

-- CreateIndex
CREATE INDEX "step_pass_class_id_step_key_idx" ON "step_pass"("class_id", "step_key");

-- CreateIndex
CREATE UNIQUE INDEX "step_pass_person_id_lab_id_step_key_key" ON "step_pass"("person_id", "lab_id", "step_key");

-- CreateIndex
CREATE INDEX "watch_lease_wanted_until_idx" ON "watch_lease"("wanted_until");

-- CreateIndex
CREATE INDEX "terminal_session_lab_id_ended_at_idx" ON "terminal_session"("lab_id", "ended_at");

-- CreateIndex
CREATE INDEX "terminal_session_gateway_ended_at_idx" ON "terminal_session"("gateway", "ended_at");

-- CreateIndex
CREATE UNIQUE INDEX "hint_opened_person_id_lab_id_step_key_level_key" ON "hint_opened"("person_id", "lab_id", "step_key", "level");

-- CreateIndex
CREATE INDEX "audit_record_owner_id_at_idx" ON "audit_record"("owner_id", "at");

-- CreateIndex
CREATE INDEX "audit_record_class_id_at_idx" ON "audit_record"("class_id", "at");

-- AddForeignKey
ALTER TABLE "sign_in" ADD CONSTRAINT "sign_in_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "account" ADD CONSTRAINT "account_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "enrolment" ADD CONSTRAINT "enrolment_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "class"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "enrolment" ADD CONSTRAINT "enrolment_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group" ADD CONSTRAINT "group_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "class"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_member" ADD CONSTRAINT "group_member_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "group"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_member" ADD CONSTRAINT "group_member_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "seat" ADD CONSTRAINT "seat_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "class"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "seat" ADD CONSTRAINT "seat_enrolment_id_fkey" FOREIGN KEY ("enrolment_id") REFERENCES "enrolment"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "seat" ADD CONSTRAINT "seat_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "group"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "seat" ADD CONSTRAINT "seat_lab_id_fkey" FOREIGN KEY ("lab_id") REFERENCES "lab"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lab" ADD CONSTRAINT "lab_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lab" ADD CONSTRAINT "lab_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "group"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lab" ADD CONSTRAINT "lab_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "class"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "chapter_baseline" ADD CONSTRAINT "chapter_baseline_lab_id_fkey" FOREIGN KEY ("lab_id") REFERENCES "lab"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "step_pass" ADD CONSTRAINT "step_pass_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "check_state" ADD CONSTRAINT "check_state_lab_id_fkey" FOREIGN KEY ("lab_id") REFERENCES "lab"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "watch_lease" ADD CONSTRAINT "watch_lease_lab_id_fkey" FOREIGN KEY ("lab_id") REFERENCES "lab"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lab_observer" ADD CONSTRAINT "lab_observer_lab_id_fkey" FOREIGN KEY ("lab_id") REFERENCES "lab"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "terminal_session" ADD CONSTRAINT "terminal_session_lab_id_fkey" FOREIGN KEY ("lab_id") REFERENCES "lab"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "terminal_session" ADD CONSTRAINT "terminal_session_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "hint_opened" ADD CONSTRAINT "hint_opened_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "position" ADD CONSTRAINT "position_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Written by hand from here: what Prisma's schema language cannot say.

ALTER TABLE "attempt" ADD CONSTRAINT "attempt_outcome" CHECK ("outcome" IN ('passed', 'not-yet', 'could-not-check'));
ALTER TABLE "check_state" ADD CONSTRAINT "check_state_outcome" CHECK ("outcome" IN ('passed', 'not-yet', 'could-not-check'));
ALTER TABLE "enrolment" ADD CONSTRAINT "enrolment_role" CHECK ("role" IN ('student', 'instructor', 'co-instructor'));
ALTER TABLE "step_pass" ADD CONSTRAINT "step_pass_score" CHECK ("score" BETWEEN 0 AND 1);
ALTER TABLE "lab" ADD CONSTRAINT "lab_one_owner" CHECK (("person_id" IS NULL) <> ("group_id" IS NULL));

-- Attempts are only ever added; a row goes with its person and never changes.
CREATE FUNCTION "attempt_is_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an attempt is never changed';
END
$$;
CREATE TRIGGER "attempt_is_append_only" BEFORE UPDATE ON "attempt"
  FOR EACH ROW EXECUTE FUNCTION "attempt_is_append_only"();
