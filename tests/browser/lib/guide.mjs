/*
 * guide: pictures of the page, for whoever looks at a failure, and for docs/admin-guide.md.
 *
 *   await picture(page, 'waiting')        build/check/browser/FILE/waiting.png; with PROVOST_GUIDE_WRITE=1 docs/guide/waiting.png too, small
 *
 * Which pictures there are is decided by the guide: what it does not show is not written. `run` sees that all it shows were taken.
 */
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

const COLOURS = 32;
const SHOWN = JSON.parse(process.env.PROVOST_GUIDE_NAMES || '[]');

export async function picture(page, name) {
    await page.screenshot({path: `${process.env.PROVOST_LOGS}/${name}.png`, animations: 'disabled', caret: 'hide'});
    if (process.env.PROVOST_GUIDE_WRITE && SHOWN.includes(name))
        await promisify(execFile)('/usr/bin/pngquant', ['--force', '--speed', '1', '--strip', '--output', `${process.env.PROVOST_GUIDE}/${name}.png`, String(COLOURS),
            `${process.env.PROVOST_LOGS}/${name}.png`]);
}
