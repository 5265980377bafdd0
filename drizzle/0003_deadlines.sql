ALTER TABLE "orders" ADD COLUMN "confirm_by" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "due_at" timestamp (3) with time zone;--> statement-breakpoint
-- What there is already is due as it would be had it been decided now: a closed order has a week from now on.
UPDATE "orders" SET "confirm_by" = now() + interval '7 days' WHERE "status" = 'CLOSED';--> statement-breakpoint
UPDATE "orders" SET "due_at" = CASE "status"
	WHEN 'OPEN' THEN least("closes_at", (
		SELECT n.respond_by FROM negotiations n WHERE n.order_id = "orders"."id" AND n.ended_at IS NULL
	))
	WHEN 'CLOSED' THEN CASE
		WHEN EXISTS (SELECT FROM negotiations n WHERE n.order_id = "orders"."id" AND n.ended_at IS NULL) THEN (
			SELECT n.respond_by FROM negotiations n WHERE n.order_id = "orders"."id" AND n.ended_at IS NULL
		)
		ELSE "confirm_by"
	END
	WHEN 'CONFIRMED' THEN (
		SELECT c.accept_by FROM confirmations c WHERE c.order_id = "orders"."id" AND c.ended_at IS NULL
	)
END;--> statement-breakpoint
CREATE INDEX "orders_due" ON "orders" USING btree ("due_at") WHERE "orders"."due_at" is not null;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_expire_from_closed" CHECK (("orders"."status" = 'CLOSED') = ("orders"."confirm_by" is not null));
