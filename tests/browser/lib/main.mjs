/*
 * main: runs the tests of one file, in their order, and prints `ok FILE.NAME (SECONDS s)` or `not ok FILE.NAME (SECONDS s): reason`.
 *
 *   node lib/main.mjs FILE        started by stage.py, in the admin's network namespace
 */
import path from 'node:path';
import {tests, closeBrowser, pictures} from './test.mjs';
import {stage, closeStage} from './stage.mjs';

const file = process.argv[2];
const title = path.basename(file, '.mjs').replace(/^test_/, '');
const words = JSON.parse(process.env.PROVOST_WORDS || '[]');
const wanted = name => !words.length || words.some(word => new RegExp(`(^|[._])${word}`).test(name));

function oneLine(error) {
    const where = /test_\w+\.mjs:(\d+)/.exec(error.stack ?? '');
    return `${error.message ?? error}`.replace(/\u001b\[\d+m/g, '').replace(/\s+/g, ' ').slice(0, 12000) + (where ? ` (line ${where[1]})` : '');
}

async function run(name, body) {
    const began = performance.now();
    const seconds = () => `(${((performance.now() - began) / 1000).toFixed(1)} s)`;
    try {
        const said = await body();
        console.log(`ok ${name} ${seconds()}${typeof said === 'string' ? `: ${said}` : ''}`);
        return true;
    } catch (error) {
        console.log(`not ok ${name} ${seconds()}: ${oneLine(error)}`);
        if (process.env.PROVOST_VERBOSE)
            console.log(error.stack);
        console.log((await pictures(name)).map(path => `--- ${path}`).join('\n'));
        console.log(await stage.explain({title: name}).catch(String));
        return false;
    }
}

const nameOf = test => `${title}.${test.title.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_|_$/g, '')}`;
let failed = 0;
await import(file);
for (const [i, test] of tests.entries()) {
    if (!test.first && !wanted(nameOf(test)))
        continue;
    const good = await run(nameOf(test), test.body);
    failed += !good;
    if (good || !test.first)
        continue;
    // Nothing that follows can hold.
    for (const later of tests.slice(i + 1))
        console.log(`not ok ${nameOf(later)} not tried: "${test.title}" failed`);
    break;
}
await closeBrowser();
closeStage();
process.exit(failed ? 1 : 0);
