import { Arena, type ArenaOptions } from '../../attack/arena/arena';
import type { ScriptedProvider } from '../../attack/arena/scripted-provider';
import { bundleWorker } from '../runtime/worker-bundle';

/** An arena with a provider by hand. */
export class World extends Arena {
    provider!: ScriptedProvider;

    static override async create(options: ArenaOptions = {}): Promise<World> {
        const world = new World();
        await world.build({ workerPath: bundleWorker(), ...options });
        world.provider = await world.scriptedProvider('provider');
        return world;
    }
}

export type { ArenaVerifier } from '../../attack/arena/arena-verifier';
export {
    ARENA_PARAMETERS,
    honestOutput,
    NETWORK,
    number,
    type PostedJob,
    PRICE,
    until,
} from '../../attack/arena/scene';
