/*
 * session: who is signed in, and what that person may do.
 *
 *   session.value        {name, role, …} or null; a signal
 *   may('admin')         is the person's role at least this one? (the server decides; this only spares people buttons that would be refused)
 *   setup.value          {needed, site_complete} or null
 */
import {signal} from '/html.js';
import {request, read, send, door, Problem} from '/api.js';
import {startEvents, stopEvents} from '/events.js';

export const ROLES = ['reader', 'helpdesk', 'admin', 'owner'];

/** Who is signed in; undefined while nobody has asked. */
export const session = signal(undefined);
/** GET /setup. */
export const setup = signal(null);

/** Has the signed-in person at least this role? */
export function may(role) {
    return ROLES.indexOf(session.value?.role) >= ROLES.indexOf(role);
}

/** Whether somebody signed in here before: without that there is nothing to ask for, and no refusal in the browser's console. */
export function wasIn() {
    try {
        return localStorage.getItem('signed-in') === 'yes';
    } catch {
        return true;
    }
}

function keepIn(yes) {
    try {
        yes ? localStorage.setItem('signed-in', 'yes') : localStorage.removeItem('signed-in');
    } catch { /* not kept: it is asked each time */ }
}

async function ask() {
    try {
        return (await request('GET', '/session', {quiet: true})).body;
    } catch (error) {
        if (error instanceof Problem && error.status === 401)
            return null;
        throw error;
    }
}

/** Asks the appliance who we are; sets `session` and `setup`. */
export async function whoAmI() {
    const [who, first] = await Promise.all([wasIn() ? ask() : null, read('/setup')]);
    setup.value = first;
    enter(who);
}

/** Somebody is in (or nobody). Another person than before gets the page anew, with nothing left of the first one's. */
export function enter(who) {
    const before = session.value;
    session.value = who ?? null;
    keepIn(Boolean(who));
    if (who)
        startEvents();
    else
        stopEvents();
    if (who && door.value.signIn) {
        if (before && before.name !== who.name)
            location.reload();
        else
            door.value.signIn.resolve();
    }
}

/** Signs in; throws a Problem. */
export async function signIn(name, password, code) {
    const {body} = await send('POST', '/sign-in', {name, password, code}, {quiet: true});
    enter(body);
    if (setup.value)
        setup.value = await read('/setup');
}

/** Signs out, here and at the appliance. */
export async function signOut() {
    try {
        await send('POST', '/sign-out', undefined, {quiet: true});
    } finally {
        enter(null);
    }
}
