CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`prefix` text NOT NULL,
	`hash` text NOT NULL,
	`scopes` text NOT NULL,
	`owner` text NOT NULL,
	`created_at` text NOT NULL,
	`revoked_at` text,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE TABLE `execution_tags` (
	`workspace_id` text NOT NULL,
	`tag` text NOT NULL,
	`created_at` text NOT NULL,
	`execution_id` text NOT NULL,
	PRIMARY KEY(`workspace_id`, `tag`, `created_at`, `execution_id`),
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `executions` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`workflow_id` text NOT NULL,
	`workflow_version` text NOT NULL,
	`name` text,
	`status` text NOT NULL,
	`attempt` integer NOT NULL,
	`seq` integer NOT NULL,
	`priority` text NOT NULL,
	`triggered_by` text NOT NULL,
	`created_at` text NOT NULL,
	`started_at` text,
	`completed_at` text,
	`duration_seconds` real,
	`error` text,
	`counted_attempt` integer,
	`counted_status` text,
	`counted_seconds` real,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `executions_listed` ON `executions` (`workspace_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `executions_by_status` ON `executions` (`workspace_id`,`status`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `executions_by_workflow` ON `executions` (`workspace_id`,`workflow_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `executions_by_workflow_status` ON `executions` (`workspace_id`,`workflow_id`,`status`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `executions_by_name` ON `executions` (`workspace_id`,`name`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`workspace_id` text NOT NULL,
	`operation` text NOT NULL,
	`key` text NOT NULL,
	`input_hash` text NOT NULL,
	`resource_id` text NOT NULL,
	`response` text,
	`created_at` text NOT NULL,
	PRIMARY KEY(`workspace_id`, `operation`, `key`),
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_by_age` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
CREATE TABLE `plugin_catalogue` (
	`workspace_id` text NOT NULL,
	`pool` text NOT NULL,
	`name` text NOT NULL,
	`manifest` text NOT NULL,
	`updated_at` text NOT NULL,
	PRIMARY KEY(`workspace_id`, `pool`, `name`),
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `workers` (
	`workspace_id` text NOT NULL,
	`id` text NOT NULL,
	`pool` text NOT NULL,
	`connected` integer NOT NULL,
	`last_seen_at` text NOT NULL,
	`operations` text NOT NULL,
	`capacity` text NOT NULL,
	`temporal` text NOT NULL,
	PRIMARY KEY(`workspace_id`, `id`),
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `workers_by_last_seen` ON `workers` (`workspace_id`,`last_seen_at`);--> statement-breakpoint
CREATE TABLE `workflow_durations` (
	`workflow_id` text PRIMARY KEY NOT NULL,
	`seconds` text NOT NULL,
	FOREIGN KEY (`workflow_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `workflow_tags` (
	`workspace_id` text NOT NULL,
	`tag` text NOT NULL,
	`workflow_id` text NOT NULL,
	`created_at` text NOT NULL,
	PRIMARY KEY(`workflow_id`, `tag`),
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`workflow_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `workflow_tags_by_tag` ON `workflow_tags` (`workspace_id`,`tag`,`created_at`,`workflow_id`);--> statement-breakpoint
CREATE TABLE `workflow_versions` (
	`workflow_id` text NOT NULL,
	`version` text NOT NULL,
	`definition` text,
	`created_by` text NOT NULL,
	`created_at` text NOT NULL,
	PRIMARY KEY(`workflow_id`, `version`),
	FOREIGN KEY (`workflow_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `workflows` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`name` text NOT NULL,
	`version` text NOT NULL,
	`description` text NOT NULL,
	`status` text NOT NULL,
	`tags` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` text NOT NULL,
	`updated_at` text NOT NULL,
	`last_execution_id` text,
	`last_execution_status` text,
	`total_executions` integer DEFAULT 0 NOT NULL,
	`completed_executions` integer DEFAULT 0 NOT NULL,
	`failed_executions` integer DEFAULT 0 NOT NULL,
	`timed_out_executions` integer DEFAULT 0 NOT NULL,
	`completed_seconds` real DEFAULT 0 NOT NULL,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `workflows_listed` ON `workflows` (`workspace_id`,`created_at`,`id`) WHERE status <> 'archived';--> statement-breakpoint
CREATE INDEX `workflows_by_status` ON `workflows` (`workspace_id`,`status`,`created_at`,`id`) WHERE status <> 'archived';--> statement-breakpoint
CREATE INDEX `workflows_by_outcome` ON `workflows` (`workspace_id`,`last_execution_status`,`created_at`,`id`) WHERE status <> 'archived';--> statement-breakpoint
CREATE INDEX `workflows_by_creator` ON `workflows` (`workspace_id`,`created_by`,`created_at`,`id`) WHERE status <> 'archived';--> statement-breakpoint
CREATE TABLE `workspaces` (
	`id` text PRIMARY KEY NOT NULL,
	`created_at` text NOT NULL
);
