#ifndef PROVOST_BACKUP_STICK_H
#define PROVOST_BACKUP_STICK_H

/*
 * provost-stick: the one program that sees sticks. Asked over a socket of root's, one request for each start:
 *   list                    -> files: [{device, name, size, made_at}]
 *   get device name, fd     -> the file is written to fd
 *   put name, fd            -> the file is on the first stick that can be written
 *   delete name             -> it is not on any stick
 * An answer has text when it was not done: a sentence; code "full" when the stick has no room.
 */
#define STICK_PATH "/run/provost/stick"

#endif
