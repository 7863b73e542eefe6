INSERT INTO `workspaces` (`id`, `created_at`) VALUES ('default', '1970-01-01T00:00:00.000Z');
