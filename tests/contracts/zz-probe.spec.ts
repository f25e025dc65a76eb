import { beginCell, toNano, Cell, external, storeStateInit } from '@ton/core';
import { World, GENEROUS } from './world';
import { Escrow } from '../../wrappers';

function gas(r: any) {
    return r.transactions.map((t: any) => {
        const d = t.description;
        return [t.inMessage?.info.dest?.toString().slice(-4), t.inMessage?.body.beginParse().remainingBits >= 32 ? t.inMessage.body.beginParse().preloadUint(32).toString(16) : '-', d.computePhase?.type === 'vm' ? Number(d.computePhase.gasUsed) : 'skip', d.computePhase?.exitCode, d.actionPhase?.resultCode, 'c', d.computePhase?.type==='vm'? d.computePhase.gasCredit: null].join(' ');
    });
}
it('probe', async () => {
    let t0 = Date.now();
    const w = await World.create();
    const c = await w.client();
    const p = await w.provider('p');
    const p2 = await w.provider('p2');
    console.log('esc', c.escrow.address.toString().slice(-4), 'st', p.stake.address.toString().slice(-4), 'mk', w.market.address.toString().slice(-4));
    console.log(gas(await w.post(c)), Date.now() - t0);
    const costs = await w.market.getCosts();
    console.log(costs, await c.escrow.getEscrow());
    for (let i = 1; i < 63; i++) {
        const r = await w.post(c, { jobId: i });
        if (i == 62 || i == 1) console.log(i, gas(r));
    }
    console.log(gas(await w.post(c, { jobId: 63, terms: { bidWindowSeconds: 60 } })), Date.now() - t0);
    console.log(gas(await w.post(c, { jobId: 64 })));
    console.log('bid', gas(await w.bid(p, c, { jobId: 63, price: toNano('0.5') })));
    console.log('bid', gas(await w.bid(p2, c, { jobId: 63, price: toNano('0.4') })));
    w.wait(60);
    console.log('decl', gas(await w.act(p2, c, { kind: 'decline', jobId: 63 })));
    console.log('raise', gas(await c.escrow.sendRaiseCeiling(c.wallet.getSender(), toNano('2'), { jobId: 63, ceiling: toNano('1.1'), assurance: toNano('0.2') })));
    console.log('bid', gas(await w.bid(p, c, { jobId: 63, price: toNano('0.5') })));
    w.wait(60);
    console.log('commit', gas(await w.commit(p, c, { jobId: 63 })));
    const s = w.chain.snapshot();
    console.log('accept', gas(await w.accept(c, { jobId: 63 })));
    await w.chain.loadFrom(s);
    w.wait(10);
    console.log('tick', gas(await c.escrow.sendTick(63)));
    console.log('tick', gas(await c.escrow.sendTick(62)));
    console.log('cancel', gas(await c.escrow.sendCancel(c.wallet.getSender(), GENEROUS, 61)));
    // padded tick
    const pad = (n: number, k: number): Cell => {
        let leaf: Cell[] = [];
        for (let i = 0; i < n; i++) leaf.push(beginCell().storeUint(i + k, 64).endCell());
        while (leaf.length > 1) {
            const next: Cell[] = [];
            for (let i = 0; i < leaf.length; i += 4) { const b = beginCell(); leaf.slice(i, i + 4).forEach((x) => b.storeRef(x)); next.push(b.endCell()); }
            leaf = next;
        }
        return leaf[0]!;
    };
    const before = await w.balance(c.escrow.address);
    const v1 = await c.escrow.getEscrow();
    for (const m of [
   { body: beginCell().storeUint(0x45000007, 32).storeUint(60, 32).storeRef(pad(3000, 0)).endCell() },
   { body: beginCell().storeUint(0x45000007, 32).storeUint(60, 32).storeUint(1, 1).endCell() },
   { body: beginCell().storeUint(0x45000007, 32).storeUint(60, 32).endCell(), init: c.escrow.init! },
   { body: beginCell().storeUint(0x45000007, 32).storeUint(60, 32).endCell() },
   ]) { try { const r = await w.chain.sendMessage(external({ to: c.escrow.address, ...m })); console.log('padded', gas(r), r.transactions[0]!.totalFees.coins); } catch (e: any) { console.log('refused', e.exitCode, String(e).slice(0, 100)); } }
    const r2 = await w.chain.sendMessage(external({ to: c.escrow.address, body: beginCell().storeUint(0x45000007, 32).storeUint(59, 32).endCell() }));
    console.log('plain', gas(r2), r2.transactions[0]!.totalFees.coins, await c.escrow.getEscrow());
    const acc = await w.chain.getContract(c.escrow.address);
    console.log((acc.account.account as any)?.storageStats);
    const cfg = w.chain.config;
    console.log(cfg.asSlice ? 'cfg' : '');
});
