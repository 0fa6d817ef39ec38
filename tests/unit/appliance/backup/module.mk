UNIT_TESTS += test_backup_file
test_backup_file_DIR  := tests/unit/appliance/backup
test_backup_file_SRCS := test_backup_file.c
test_backup_file_USES := base backup

UNIT_TESTS += test_backup_schedule
test_backup_schedule_DIR  := tests/unit/appliance/backup
test_backup_schedule_SRCS := test_backup_schedule.c
test_backup_schedule_USES := base backup

UNIT_TESTS += test_backup_restore
test_backup_restore_DIR  := tests/unit/appliance/backup
test_backup_restore_SRCS := test_backup_restore.c
test_backup_restore_USES := base backup

FUZZERS += backup_head
backup_head_DIR  := tests/fuzz/backup_head
backup_head_SRCS := fuzz.c
backup_head_USES := base backup
