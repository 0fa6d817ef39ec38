#ifndef PROVOST_UPDATE_UPDATE_H
#define PROVOST_UPDATE_UPDATE_H

#include "appliance/service/service.h"
#include "appliance/update/bundle_manifest.h"
#include "appliance/update/job.h"
#include "appliance/update/machine.h"
#include "appliance/update/slots.h"
#include "appliance/update/update_state.h"

/*
 * The station: what is going on with the slots. Its parts are update_intake (a bundle comes), update_install (it is written and started),
 * update_health (it stays or goes) and update_place (disks and the data partition); each of them takes this.
 */

#define UPDATE_PLACE "/data/update"
#define UPDATE_CHECK_PATH "/run/provost/update-check"
#define UPDATE_DISK_PATH "/run/provost/update-disk"

enum update_step { UPDATE_STEP_IDLE, UPDATE_STEP_RECEIVING, UPDATE_STEP_CHECKING, UPDATE_STEP_WRITING, UPDATE_STEP_WAITING, UPDATE_STEP_TRYING,
                   UPDATE_STEP_RESTARTING };

struct intake;
struct health;

struct update {
        struct service *service;
        struct machine machine;
        struct update_state state;
        struct slots slots;
        struct bundle_manifest bundle;
        bool has_bundle;
        enum update_step step;
        int percent;
        char text[UPDATE_TEXT_SIZE];
        int place;                              /* the directory UPDATE_PLACE; -1: not there */
        struct intake *intake;
        struct health *health;
        sd_varlink *waiting;                    /* a call that is answered when its job has ended */
        bool has_restart;                       /* what is written is started by itself */
        void (*changed)(void *userdata);
        void *userdata;
};

/* Settles what an earlier process left. */
int update_begin(struct update *update) PV_MUST_CHECK;
void update_done(struct update *update);
/* A new step and its sentence; told to who watches. */
void update_go(struct update *update, enum update_step step, const char *format, ...) __attribute__((format(printf, 3, 4)));
void update_percent(struct update *update, int percent);
/* Writes the state down; a failure is logged. */
int update_keep(struct update *update);
/* Reads the slots anew; blocks for a moment. */
void update_look(struct update *update);
/* Idle, or waiting for the restart, by what is known. */
void update_rest(struct update *update);
/* An outcome, into the history, the journal and the state. */
void update_note(struct update *update, const char *from, const char *to, enum update_result result, const char *text);
/* Why nothing can begin now, as a sentence; NULL: it can. */
const char *update_busy(const struct update *update);
/* Why slots cannot be changed here; NULL: they can. */
const char *update_unsupported(const struct update *update);
bool update_may_end(const struct update *update);
/* Asks systemd for a restart of the machine. */
void update_restart_machine(struct update *update);

/* Ends of calls. */
int update_refused(sd_varlink *link, const char *reason, const char *field);
int update_not_now(sd_varlink *link, const char *reason);
int update_trouble(sd_varlink *link, const char *reason);

#endif
