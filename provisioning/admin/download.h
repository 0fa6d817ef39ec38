#ifndef PROVOST_ADMIN_DOWNLOAD_H
#define PROVOST_ADMIN_DOWNLOAD_H

#include "appliance/http/http.h"
#include "appliance/service/service.h"
#include "provisioning/admin/backup_made.h"

/* A backup on its way to a browser: piece by piece as the browser takes it, in the event loop. */
struct download;

/*
 * Answers the request later. path: of station backup's socket. more: is called with the request's state, and calls download_more(). PV_ENOMEM, PV_ESYSTEM: it
 * is not answered.
 */
int download_new(struct service *service, const char *path, struct http_request *request, const struct backup_made *made, http_more more,
                 struct download **ret_download) PV_MUST_CHECK;
/* The edge has taken what there was. */
void download_more(struct download *download);
/* The request has ended. NULL is nothing. */
void download_free(struct download *download);

#endif
