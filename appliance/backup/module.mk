LIBS += backup
backup_DIR  := appliance/backup
backup_SRCS := backup_content.c backup_files.c backup_head.c backup_history.c backup_key.c backup_machine.c backup_open.c backup_progress.c \
	backup_record.c backup_refusal.c backup_restore.c backup_schedule.c backup_seal.c
backup_USES := base service transfer_client
backup_PKGS := libsystemd libcrypto

PROGRAMS += provost-backup
provost-backup_OPTION  := PROVOST_BACKUP
provost-backup_DIR     := appliance/backup
provost-backup_SRCS    := backup.c backup_drill.c backup_make.c backup_place.c backup_upload.c backup_work.c main.c
provost-backup_USES    := backup base chore service transfer_client
provost-backup_PKGS    := libsystemd libcrypto
provost-backup_VARLINK := io.provost.Backup.varlink

PROGRAMS += provost-restore
provost-restore_OPTION := PROVOST_BACKUP
provost-restore_DIR    := appliance/backup
provost-restore_SRCS   := restore_main.c
provost-restore_USES   := backup base service
provost-restore_PKGS   := libsystemd libcrypto

PROGRAMS += provost-stick
provost-stick_OPTION := PROVOST_BACKUP
provost-stick_DIR    := appliance/backup
provost-stick_SRCS   := stick_main.c
provost-stick_USES   := backup base chore service
provost-stick_PKGS   := libsystemd libcrypto
