CREATE TABLE `__new_workflow_versions` (
	`workspace_id` text NOT NULL,
	`workflow_id` text NOT NULL,
	`version` text NOT NULL,
	`definition` text,
	`created_by` text NOT NULL,
	`created_at` text NOT NULL,
	PRIMARY KEY(`workspace_id`, `workflow_id`, `version`),
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`workflow_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
INSERT INTO `__new_workflow_versions`("workspace_id", "workflow_id", "version", "definition", "created_by", "created_at") SELECT w."workspace_id", v."workflow_id", v."version", v."definition", v."created_by", v."created_at" FROM `workflow_versions` AS v JOIN `workflows` AS w ON w."id" = v."workflow_id";--> statement-breakpoint
DROP TABLE `workflow_versions`;--> statement-breakpoint
ALTER TABLE `__new_workflow_versions` RENAME TO `workflow_versions`;--> statement-breakpoint
CREATE TABLE `__new_workflow_durations` (
	`workspace_id` text NOT NULL,
	`workflow_id` text NOT NULL,
	`seconds` text NOT NULL,
	PRIMARY KEY(`workspace_id`, `workflow_id`),
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`workflow_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
INSERT INTO `__new_workflow_durations`("workspace_id", "workflow_id", "seconds") SELECT w."workspace_id", d."workflow_id", d."seconds" FROM `workflow_durations` AS d JOIN `workflows` AS w ON w."id" = d."workflow_id";--> statement-breakpoint
DROP TABLE `workflow_durations`;--> statement-breakpoint
ALTER TABLE `__new_workflow_durations` RENAME TO `workflow_durations`;