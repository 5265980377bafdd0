CREATE TYPE "public"."bid_status" AS ENUM('ACTIVE', 'WITHDRAWN', 'CONFIRMED', 'ACCEPTED', 'DECLINED', 'LOST');--> statement-breakpoint
CREATE TYPE "public"."confirmation_answer" AS ENUM('ACCEPTED', 'DECLINED', 'LAPSED');--> statement-breakpoint
CREATE TYPE "public"."order_status" AS ENUM('OPEN', 'CLOSED', 'CONFIRMED', 'ACCEPTED', 'CANCELLED', 'EXPIRED');--> statement-breakpoint
CREATE TYPE "public"."party" AS ENUM('CUSTOMER', 'VENDOR');--> statement-breakpoint
CREATE TYPE "public"."role" AS ENUM('CUSTOMER', 'VENDOR', 'SERVICE');--> statement-breakpoint
CREATE TYPE "public"."bid_visibility" AS ENUM('SEALED', 'RANK', 'OPEN');--> statement-breakpoint
CREATE TABLE "bids" (
	"id" uuid PRIMARY KEY NOT NULL,
	"order_id" uuid NOT NULL,
	"vendor_id" uuid NOT NULL,
	"alias" text NOT NULL,
	"amount" numeric(19, 4) NOT NULL,
	"note" text,
	"revision" integer NOT NULL,
	"status" "bid_status" NOT NULL,
	"placed_at" timestamp (3) with time zone NOT NULL,
	"placement" integer NOT NULL,
	"retired" boolean GENERATED ALWAYS AS (status in ('WITHDRAWN', 'DECLINED')) STORED NOT NULL,
	CONSTRAINT "bids_one_per_vendor" UNIQUE("order_id","vendor_id"),
	CONSTRAINT "bids_alias_of_order" UNIQUE("order_id","alias"),
	CONSTRAINT "bids_placed_in_order" UNIQUE("order_id","placement"),
	CONSTRAINT "bids_amount_above_zero" CHECK ("bids"."amount" > 0),
	CONSTRAINT "bids_revision_from_one" CHECK ("bids"."revision" >= 1)
);
--> statement-breakpoint
CREATE TABLE "confirmations" (
	"bid_id" uuid NOT NULL,
	"revision" integer NOT NULL,
	"order_id" uuid NOT NULL,
	"accept_by" timestamp (3) with time zone NOT NULL,
	"answer" "confirmation_answer",
	"reason" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "confirmations_bid_id_revision_pk" PRIMARY KEY("bid_id","revision"),
	CONSTRAINT "confirmations_answered_have_ended" CHECK ("confirmations"."answer" is null or "confirmations"."ended_at" is not null)
);
--> statement-breakpoint
CREATE TABLE "events" (
	"topic" text NOT NULL,
	"position" bigint NOT NULL,
	"tag" bigint NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"order_id" uuid NOT NULL,
	"data" jsonb NOT NULL,
	"party" "party",
	"told" boolean NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	CONSTRAINT "events_topic_position_pk" PRIMARY KEY("topic","position")
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"viewer_id" uuid NOT NULL,
	"mutation" text NOT NULL,
	"key" text NOT NULL,
	"input" text NOT NULL,
	"about" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_viewer_id_mutation_key_pk" PRIMARY KEY("viewer_id","mutation","key")
);
--> statement-breakpoint
CREATE TABLE "negotiation_readers" (
	"negotiation_id" uuid NOT NULL,
	"vendor_id" uuid NOT NULL,
	"asked" boolean NOT NULL,
	CONSTRAINT "negotiation_readers_negotiation_id_vendor_id_pk" PRIMARY KEY("negotiation_id","vendor_id")
);
--> statement-breakpoint
CREATE TABLE "negotiations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"order_id" uuid NOT NULL,
	"round" integer NOT NULL,
	"message" text NOT NULL,
	"target_amount" numeric(19, 4),
	"respond_by" timestamp (3) with time zone,
	"prompted_by" uuid,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "negotiations_round_of_order" UNIQUE("order_id","round"),
	CONSTRAINT "negotiations_target_above_zero" CHECK ("negotiations"."target_amount" > 0)
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"external_id" text,
	"title" text NOT NULL,
	"description" text NOT NULL,
	"currency" text NOT NULL,
	"visibility" "bid_visibility" NOT NULL,
	"status" "order_status" NOT NULL,
	"closes_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"version" integer NOT NULL,
	"placements" integer NOT NULL,
	"rounds" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "topics" (
	"topic" text PRIMARY KEY NOT NULL,
	"head" bigint NOT NULL,
	"tag" bigint NOT NULL,
	"floor" bigint DEFAULT 0 NOT NULL,
	"floor_tag" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "topics_floor_below_head" CHECK ("topics"."floor" between 0 and "topics"."head")
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"external_id" text NOT NULL,
	"name" text NOT NULL,
	"role" "role",
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_external_id_unique" UNIQUE("external_id")
);
--> statement-breakpoint
ALTER TABLE "bids" ADD CONSTRAINT "bids_order_id_orders_id_fk" FOREIGN KEY ("order_id") REFERENCES "public"."orders"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bids" ADD CONSTRAINT "bids_vendor_id_users_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "confirmations" ADD CONSTRAINT "confirmations_bid_id_bids_id_fk" FOREIGN KEY ("bid_id") REFERENCES "public"."bids"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "confirmations" ADD CONSTRAINT "confirmations_order_id_orders_id_fk" FOREIGN KEY ("order_id") REFERENCES "public"."orders"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_viewer_id_users_id_fk" FOREIGN KEY ("viewer_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "negotiation_readers" ADD CONSTRAINT "negotiation_readers_negotiation_id_negotiations_id_fk" FOREIGN KEY ("negotiation_id") REFERENCES "public"."negotiations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "negotiation_readers" ADD CONSTRAINT "negotiation_readers_vendor_id_users_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "negotiations" ADD CONSTRAINT "negotiations_order_id_orders_id_fk" FOREIGN KEY ("order_id") REFERENCES "public"."orders"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "negotiations" ADD CONSTRAINT "negotiations_prompted_by_bids_id_fk" FOREIGN KEY ("prompted_by") REFERENCES "public"."bids"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_customer_id_users_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "bids_lowest_first" ON "bids" USING btree ("order_id","retired","amount","placement");--> statement-breakpoint
CREATE INDEX "bids_of_vendor" ON "bids" USING btree ("vendor_id","order_id");--> statement-breakpoint
CREATE UNIQUE INDEX "confirmations_one_standing" ON "confirmations" USING btree ("order_id") WHERE "confirmations"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "events_by_transaction" ON "events" USING btree ("xid");--> statement-breakpoint
CREATE INDEX "idempotency_keys_by_age" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "orders_newest" ON "orders" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "orders_of_customer" ON "orders" USING btree ("customer_id","created_at","id");--> statement-breakpoint
CREATE INDEX "orders_by_status" ON "orders" USING btree ("status","created_at","id");--> statement-breakpoint
CREATE INDEX "orders_by_external_id" ON "orders" USING btree ("external_id");