/* modules: the kernel's drivers in the initramfs. */
#pragma once

/* Reads the tables and loads what is always loaded, and the drivers of what is there. */
void modules_load(void);

/* Drivers for devices that appeared since; one driver can bring further devices. */
void modules_for_devices(void);

/* One module and what it depends on, by its name in modules.list; one that this kernel has built in is none. */
void modules_load_one(const char *name);

/* The initramfs is memory: deletes the files, which are of no use any more. */
void modules_drop(void);
