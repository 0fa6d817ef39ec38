/*
 * transfer_file: the definitions for systemd-sysupdate.
 *
 * In:   paths, and the version that runs and is never overwritten.
 * Out:  texts.
 * Not:  no files.
 */
#include "appliance/update/transfer_file.h"

#include "appliance/base/writer.h"

static void head(struct writer *w, const char *running, const char *source, const char *pattern)
{
        writer_text(w, "[Transfer]\nProtectVersion=");
        writer_line_value(w, running);
        writer_text(w, "\n\n[Source]\nType=regular-file\nPath=");
        writer_line_value(w, source);
        writer_text(w, "\nMatchPattern=");
        writer_text(w, pattern);
        writer_text(w, "\n\n[Target]\nInstancesMax=2\nPath=");
}

int transfer_file_root(const char *disk, const char *source, const char *running, char ret[static TRANSFER_FILE_SIZE])
{
        struct writer w = writer_of(ret, TRANSFER_FILE_SIZE);

        head(&w, running, source, "provost_@v_@u.root");
        writer_line_value(&w, disk);
        writer_text(&w, "\nType=partition\nMatchPattern=provost_@v\nMatchPartitionType=root\nPartitionFlags=0\nReadOnly=1\n");
        return writer_finish_text(&w);
}

/* TriesLeft=0: nothing starts it before somebody says so. */
int transfer_file_kernel(const char *images, const char *source, const char *running, char ret[static TRANSFER_FILE_SIZE])
{
        struct writer w = writer_of(ret, TRANSFER_FILE_SIZE);

        head(&w, running, source, "provost_@v.efi");
        writer_line_value(&w, images);
        writer_text(&w, "\nType=regular-file\nMatchPattern=provost_@v+@l-@d.efi provost_@v+@l.efi provost_@v.efi\nMode=0644\nTriesLeft=0\nTriesDone=0\n");
        return writer_finish_text(&w);
}
