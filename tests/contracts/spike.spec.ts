import { toNano } from '@ton/core';
import { World } from './world';
import { writeFileSync } from 'fs';
it('life', async () => {
    const w = await World.create();
    const p = await w.provider('alice');
    const c = await w.client();
    w.chain.verbosity = { ...w.chain.verbosity, vmLogs: 'vm_logs_gas', print: false };
    const r = await w.post(c, { terms: { takePrice: toNano('0.5') } });
    r.transactions.forEach((t: any, i) => writeFileSync(`/tmp/vm${i}.log`, t.vmLogs));
});
