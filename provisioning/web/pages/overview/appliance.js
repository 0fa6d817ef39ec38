/*
 * appliance: what a person must know of updates, backups and the disk, for the list on the first page.
 *
 *   const own = useAppliance(phones);      own.rows: {kind, text, said, link, label}; own.trial: what is being tried now, or null
 *
 * A station that does not answer is told of by box, not here.
 */
import {t, tn} from '/i18n.js';
import {bytes, now} from '/format.js';
import {useResource} from '/resource.js';

const DAY_S = 86400;
const OLD_S = 8 * DAY_S;
const NEWS_S = 7 * DAY_S;
const BAD = ['fell-back', 'interrupted', 'refused'];

function updateRows(update) {
    const link = {link: '#/update', label: t('nav.update')};
    const [last] = update.last;
    const rows = [];
    if (last && BAD.includes(last.result) && now() - last.at < NEWS_S)
        rows.push({kind: last.result === 'fell-back' ? 'bad' : 'warn', text: t(`overview.update.${last.result}`, {from: last.from || '–', to: last.to || '–'}), said: last.text, ...link});
    if (last && last.result === 'committed' && now() - last.at < DAY_S)
        rows.push({kind: 'good', text: t('overview.update.committed', {to: last.to}), ...link});
    if (update.bundle && ['idle', 'waiting'].includes(update.step))
        rows.push({kind: 'info', text: t(update.step === 'waiting' ? 'overview.update.written' : 'overview.update.checked', {version: update.bundle.version}), ...link});
    return rows;
}

function backupRows(backup, phones) {
    const link = {link: '#/backup', label: t('nav.backup')};
    const [last] = backup.last.filter(one => one.kind === 'backup').sort((a, b) => b.at - a.at);
    const good = backup.last.filter(one => one.kind === 'backup' && one.result === 'done').sort((a, b) => b.at - a.at)[0];
    if (last && last.result === 'failed')
        return [{kind: 'bad', text: t('overview.backup.failed'), said: last.text, ...link}];
    if (!good)
        return phones ? [{kind: 'warn', text: t('overview.backup.none'), ...link}] : [];
    const days = Math.floor((now() - good.at) / DAY_S);
    return now() - good.at > OLD_S ? [{kind: 'warn', text: tn('overview.backup.old', days), ...link}] : [];
}

function dataRows(data) {
    const link = {link: '#/data', label: t('nav.data')};
    const share = data.size ? data.free / data.size : 1;
    return [
        data.recovery_key_waits && {kind: 'warn', text: t('overview.data.key'), ...link},
        data.encryption === 'recovery' && {kind: 'warn', text: t('overview.data.recovery'), said: data.text, ...link},
        share < 0.1 && {kind: share < 0.05 ? 'bad' : 'warn', text: t('overview.data.full', {free: bytes(data.free)}), ...link},
    ].filter(Boolean);
}

/** See above. */
export function useAppliance(phones) {
    const update = useResource('/update', {on: ['update'], every: 10}).data;
    const backup = useResource('/backup', {on: ['backup'], every: 60}).data;
    const data = useResource('/data', {on: ['update'], every: 60}).data;
    return {
        rows: [...update ? updateRows(update) : [], ...backup ? backupRows(backup, phones) : [], ...data ? dataRows(data) : []],
        trial: update?.trial ?? null,
    };
}
