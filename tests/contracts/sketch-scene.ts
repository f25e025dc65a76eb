import { beginCell, type Cell } from '@ton/core';
import { accountId, jurorSeal } from '../../wrappers';
import { CheckWorld, SALT } from './check-world';

/**
 * A jury on a job whose rule and sketches are up to the test: the only door to how a contract compares
 * sketches.
 */
export class SketchScene {
    private constructor(private readonly world: CheckWorld) {}

    static async create(): Promise<SketchScene> {
        const world = await CheckWorld.create({ operators: 4 });
        await world.drawn();
        await world.check({ opened: 'MODEL_REJECTED_INPUT' });
        await world.seed();
        await world.seat();
        await world.endOfPhase();
        return new SketchScene(world);
    }

    /**
     * What a juror's reveal comes to, as if the job had been posted with the rule.
     *
     * @param own - sketch of the juror's result in the class native
     * @param wasm - sketch of the one in WebAssembly
     * @param committed - sketch of the committed result; null where none was served
     */
    async verdict(rule: Cell | null, own: Cell, wasm: Cell, committed: Cell | null) {
        const { world } = this;
        const start = world.world.chain.snapshot();
        await this.#putRule(rule);
        const [seat] = await world.jurors();
        if (seat === undefined) throw new Error('There is no juror.');
        const builder = beginCell()
            .storeRef(own)
            .storeRef(wasm)
            .storeBit(true)
            .storeBit(committed !== null);
        if (committed !== null) builder.storeRef(committed);
        const sketches = builder.endCell();
        const seal = jurorSeal(sketches, SALT, accountId(seat.juror.stake.address));
        const key = world.claimKey(seat.juror, 'jury 1');
        const { ticket } = seat;
        await world.step(world.client.escrow.sendSeal({ jobId: 0, ticket, seal }, key.secretKey));
        await world.endOfPhase();
        await world.step(
            world.client.escrow.sendJurorReveal({ jobId: 0, ticket, salt: SALT, sketches }),
        );
        const { jury } = await world.inJury();
        const found = jury.jurors.find((juror) => juror.ticket === ticket)?.verdict;
        await world.world.chain.loadFrom(start);
        return found;
    }

    async #putRule(rule: Cell | null): Promise<void> {
        const { chain } = this.world.world;
        const { address } = this.world.client.escrow;
        const shard = (await chain.getContract(address)).account;
        const state = shard.account?.storage.state;
        if (state?.type !== 'active' || !state.state.data) throw new Error('No Escrow.');
        state.state.data = withRule(state.state.data, rule);
        await chain.setShardAccount(address, shard);
    }
}

/** The data of an Escrow of one job, with another rule in the terms of the job. */
function withRule(data: Cell, rule: Cell | null): Cell {
    const jobs = data.refs[0];
    const [parameters, terms, ...others] = jobs?.refs ?? [];
    if (jobs === undefined || parameters === undefined || terms === undefined)
        throw new Error('There is no job.');
    const slice = terms.beginParse();
    const changed = beginCell()
        .storeBits(slice.loadBits(256 + 178 + 512))
        .storeMaybeRef(rule)
        .endCell();
    const entry = beginCell().storeBits(jobs.bits).storeRef(parameters).storeRef(changed);
    others.forEach((ref) => entry.storeRef(ref));
    const all = beginCell().storeBits(data.bits).storeRef(entry.endCell());
    data.refs.slice(1).forEach((ref) => all.storeRef(ref));
    return all.endCell();
}
