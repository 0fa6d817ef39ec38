/*
 * play: states of updates, backups and disks that a container never has: a trial, a fall-back, a sealed disk, a stick. The only answers of the API that the browser
 * tests make up; their shapes are held against the interfaces of the stations (lib/varlink.mjs).
 *
 *   const scene = await play(page, {update: trial(3)});      GET /update says that from now on, whatever the appliance says; scene.update = …: something else
 *   alarms: ['recovery-key', …]                              GET /overview has these besides its own
 *   scene.sent                                               what the page asked for meanwhile: [{method, path, body}]
 */
import {interfaceOf, misfits} from './varlink.mjs';
import {must} from './test.mjs';

const HOUR = 3600;
const DAY = 24 * HOUR;
const now = () => Math.floor(Date.now() / 1000);

export const OLD = '0.6.1500';
export const NOW = '0.6.1574';
export const NEXT = '0.6.1600';

const SLOTS = [{name: 'a', state: 'running', version: NOW, tries_left: 3}, {name: 'b', state: 'good', version: OLD, tries_left: null}];
const COMMITTED = {at: now() - 9 * DAY, from: OLD, to: NOW, result: 'committed', text: 'All stations run, and 19 of 20 phones came back.'};
const FELL = {at: now() - HOUR, from: NOW, to: NEXT, result: 'fell-back', text: 'Only 3 of 20 phones came back within 10 minutes; 18 were needed.'};

const update = more => ({
    supported: true, reason: '', version: NOW, slots: SLOTS, step: 'idle', percent: 0, text: '', bundle: null, trial: null, last: [COMMITTED], floor: OLD,
    verified: true, secure_boot: 'on', ...more,
});
export const bundle = (notes = 'Phones of a new model are known.\nA tunnel that hangs is noticed sooner.') => ({
    version: NEXT, architecture: 'amd64', made_at: now() - DAY, ends_at: now() + 300 * DAY, size: 41 << 20, notes});

export const resting = () => update({});
export const checked = notes => update({bundle: bundle(notes)});
export const written = () => update({bundle: bundle(), step: 'waiting'});
export const writing = percent => update({bundle: bundle(), step: 'writing', percent, text: 'Slot b is being written.'});
export const trial = (back, before = 20) => update({
    version: NEXT, slots: [{name: 'a', state: 'good', version: NOW, tries_left: null}, {name: 'b', state: 'running', version: NEXT, tries_left: 2}], step: 'trying',
    text: 'Phones are coming back.', trial: {version: NEXT, since: now() - 60, until: now() + 540, before, back, needed: Math.ceil(before * 0.9)},
});
export const committed = () => update({
    version: NEXT, slots: [{name: 'a', state: 'good', version: NOW, tries_left: null}, {name: 'b', state: 'running', version: NEXT, tries_left: 3}],
    last: [{at: now(), from: NOW, to: NEXT, result: 'committed', text: 'All stations run, and 18 of 20 phones came back.'}, COMMITTED],
});
export const fell_back = () => update({slots: [SLOTS[0], {name: 'b', state: 'bad', version: NEXT, tries_left: null}], last: [FELL, COMMITTED]});
export const interrupted = () => update({last: [{at: now() - HOUR, from: NOW, to: NEXT, result: 'interrupted', text: 'The power went while slot b was being written.'}, COMMITTED]});
export const unsupported = () => update({supported: false, reason: 'In a container the host decides what runs.', slots: [], bundle: bundle(), last: [], verified: false, secure_boot: 'none', floor: ''});

const schedule = more => ({to: 'off', url: '', user: '', at: '03:30', keep: 7, has_passphrase: false, has_password: false, next_at: null, ...more});
const content = site => ({made_at: now() - 3 * DAY, version: NOW, site, phones: 20, size: 3 << 20});
const backup = more => ({step: 'idle', percent: 0, text: '', staged: null, last: [], schedule: schedule(), ...more});
const done = (age, more) => ({at: now() - age, kind: 'backup', place: 'share', result: 'done', name: 'provost-head-office.backup', text: '2.9 MiB were sent.', ...more});

export const never_backed_up = () => backup({});
export const old_backup = () => backup({
    last: [done(9 * DAY), done(12 * DAY, {place: 'stick', result: 'failed', name: '', text: 'No stick is plugged in.'}), done(20 * DAY, {kind: 'drill', text: '7 of 7 checks held.'})],
    schedule: schedule({to: 'share', url: 'https://nas.example/provost/', user: 'provost', has_passphrase: true, has_password: true, next_at: now() + 5 * HOUR}),
});
export const failed_backup = () => backup({last: [done(HOUR, {result: 'failed', name: '', text: 'The share refused the password (401).'}), done(DAY)]});
export const failed_restore = () => backup({last: [done(HOUR, {kind: 'restore', name: '', result: 'failed', text: 'Station store did not come up with it; the state before is back.'}), done(DAY)]});
export const staged = (site = 'Head office') => backup({step: 'restoring', percent: 40, text: 'The records are being read.', staged: content(site)});
export const report = (ok, site = 'Head office') => ({
    content: content(site), ok,
    checks: [{name: 'seal', ok: true, text: 'It opens, and each of its 48 parts is whole.'}, {name: 'database', ok: true, text: '20 phones, 412 settings; the database holds.'},
        {name: 'authority', ok, text: ok ? 'Keys and certificates of all authorities fit.' : 'The key of the issuing authority does not fit its certificate.'}],
});

const data = more => ({place: 'disk', encryption: 'tpm', recovery_key_waits: false, size: 8e9, free: 5e9, text: 'The data partition is sealed to this machine and to our signed system.', ...more});

export const sealed = () => data({});
export const unread = () => data({recovery_key_waits: true});
export const full = () => data({free: 3e8});
export const open_disk = () => data({encryption: 'none', text: 'This machine has no TPM: whoever takes the disk can read it.'});
export const recovered = () => data({encryption: 'recovery', text: 'The TPM did not open it; somebody typed the recovery key at the console.'});
export const KEY = 'bcdefghi-jklnrtuv-ccddeeff-gghhiijj-kkllnnrr-ttuuvvbb-dcbefghi-kjlnrtuv';

export const disks = (model = 'Samsung SSD 860', holds = 'a FAT file system "HOLIDAY"') => ({disks: [
    {device: '/dev/sda', model: 'SanDisk Ultra Fit', size: 32e9, removable: true, holds: 'Provost', running: true},
    {device: '/dev/nvme0n1', model, size: 256e9, removable: false, holds, running: false}]});
export const update_sticks = (name = 'provost-amd64.update') => ({files: [{device: '/dev/sdb1', name, size: 41 << 20}]});
export const backup_sticks = (name = 'provost-head-office.backup') => ({files: [{device: '/dev/sdb1', name, size: 3 << 20, made_at: now() - DAY}]});

/** What of all this does not fit the interfaces. */
export function drift() {
    const [u, b] = [interfaceOf('update'), interfaceOf('backup')];
    return [
        ...[resting(), checked(), written(), writing(40), trial(3), committed(), fell_back(), interrupted(), unsupported()].flatMap(one => misfits(u, 'State', one)),
        ...[sealed(), unread(), full(), open_disk(), recovered()].flatMap(one => misfits(u, 'Data', one)),
        ...disks().disks.flatMap(one => misfits(u, 'Disk', one)), ...update_sticks().files.flatMap(one => misfits(u, 'StickFile', one)),
        ...[never_backed_up(), old_backup(), failed_backup(), failed_restore(), staged()].flatMap(one => misfits(b, 'State', one)),
        ...[report(true), report(false)].flatMap(one => misfits(b, 'Report', one)), ...backup_sticks().files.flatMap(one => misfits(b, 'BackupFile', one)),
    ];
}

const ALARM = {subject: 'data', detail: 'The sentence of whoever raised it.', first_at: now() - HOUR, last_at: now() - HOUR, count: 1, closed_at: null, closed_by: '', note: ''};
const READS = {'/update': 'update', '/backup': 'backup', '/data': 'data', '/disks': 'disks', '/update/sticks': 'update_sticks', '/backup/sticks': 'backup_sticks'};

/** See above. writes: {'POST /update/restart': [status, body]}; what is not named goes to the appliance. */
export async function play(page, scene, writes = {}) {
    const state = {sent: [], ...scene};
    const answer = async route => {
        const asked = route.request();
        const [method, path] = [asked.method(), new URL(asked.url()).pathname.replace('/api/v1', '')];
        if (path === '/overview') {
            const said = await route.fetch();
            const real = await said.json();
            return route.fulfill({response: said, json: {...real, alarms: [...(state.alarms ?? []).map((kind, i) => ({...ALARM, id: 1e6 + i, kind})), ...real.alarms]}});
        }
        if (method === 'GET' && state[READS[path]])
            return route.fulfill({json: state[READS[path]]});
        const said = writes[`${method} ${path}`];
        if (!said)
            return route.continue();
        state.sent.push({method, path, body: asked.postDataJSON()});
        return route.fulfill({status: said[0], json: said[1]});
    };
    await page.unrouteAll({behavior: 'ignoreErrors'});
    await page.route(/\/api\/v1\/(update|backup|data|disks|overview)(\/|$|\?)/, answer);
    must(!drift().length, () => drift().join('; '));
    return state;
}
