/*
 * guide: pictures of the page, for whoever looks at a failure, and for docs/admin-guide.md.
 *
 *   await picture(page, 'waiting')        build/check/browser/FILE/waiting.png; with PROVOST_GUIDE_WRITE=1 docs/guide/waiting.png too, small
 *   await snap(page, 'first-2-code')      the same, and never in the guide
 *
 * Which pictures the guide shows is decided by the guide; test_messages holds both against each other.
 */
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

const COLOURS = 64;

export async function snap(page, name) {
    await page.screenshot({path: `${process.env.PROVOST_LOGS}/${name}.png`, animations: 'disabled', caret: 'hide'});
}

export async function picture(page, name) {
    await snap(page, name);
    if (process.env.PROVOST_GUIDE_WRITE)
        await promisify(execFile)('/usr/bin/pngquant', ['--force', '--speed', '1', '--strip', '--output', `${process.env.PROVOST_GUIDE}/${name}.png`, String(COLOURS),
            `${process.env.PROVOST_LOGS}/${name}.png`]);
}
