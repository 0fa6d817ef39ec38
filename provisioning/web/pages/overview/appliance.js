/*
 * appliance: what goes on with updates and backups, for the list on the first page. What stays until somebody does something is an alarm (ALARM_PAGES: where).
 *
 *   const own = useAppliance();      own.rows: {kind, text, said, link, label}; own.trial: what is being tried now, or null
 *
 * A station that does not answer is told of by box, not here.
 */
import {t} from '/i18n.js';
import {now} from '/format.js';
import {useResource} from '/resource.js';

const DAY_S = 86400;
const NEWS_S = 7 * DAY_S;

/** The page on which an alarm of this kind is settled, and its name. */
export const ALARM_PAGES = {
    'update-fell-back': ['#/update', 'nav.update'], 'update-waits': ['#/update', 'nav.update'],
    backup: ['#/backup', 'nav.backup'], 'backup-late': ['#/backup', 'nav.backup'], 'disk-full': ['#/data', 'nav.data'], 'data-low': ['#/data', 'nav.data'], 'recovery-key': ['#/data', 'nav.data'],
};

function updateRows(update) {
    const link = {link: '#/update', label: t('nav.update')};
    const [last] = update.last;
    const age = last ? now() - last.at : Infinity;
    if (age < NEWS_S && last.result === 'interrupted')
        return [{kind: 'warn', text: t('overview.update.interrupted', {to: last.to || '–'}), said: last.text, ...link}];
    return age < DAY_S && last.result === 'committed' ? [{kind: 'good', text: t('overview.update.committed', {to: last.to}), ...link}] : [];
}

function backupRows(backup) {
    const one = backup.last.find(outcome => outcome.kind === 'restore');
    return one?.result === 'failed' && now() - one.at < NEWS_S ? [{kind: 'bad', text: t('overview.restore.failed'), said: one.text, link: '#/backup', label: t('nav.backup')}] : [];
}

/** See above. */
export function useAppliance() {
    const update = useResource('/update', {on: ['update'], every: 60}).data;
    const backup = useResource('/backup', {on: ['backup'], every: 300}).data;
    return {rows: [...update ? updateRows(update) : [], ...backup ? backupRows(backup) : []], trial: update?.trial ?? null};
}
