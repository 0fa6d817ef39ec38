import {first, test, open, quiet, must} from './lib/test.mjs';
import {stage, ctl} from './lib/stage.mjs';

first('the appliance shows where its page is', async () => {
    await stage.appliance({configured: false});
    await new Promise(done => setTimeout(done, 6000));
    console.log(await stage.console());
    console.log(await ctl('status').catch(String));
    console.log(await ctl('page', 'show').catch(String));
});
