import { dirname } from 'node:path';
import type { HashHex, JobLimits, ModelManifest } from '../protocol';
import type { ExecutionClass, LoadedModel, Runtime } from '../runtime';
import type { BlobStore } from '../sdk/node';
import type { KillCause } from './state';

/** A warm model that somebody uses. */
export interface ModelLease {
    readonly model: LoadedModel;
    /** Gives it back; it stays warm until room is needed. */
    release(): void;
}

/** A model whose children run, for the operator. */
export interface WarmModel {
    readonly model: HashHex;
    /** By its manifest. */
    readonly name: string;
    readonly executionClass: ExecutionClass;
    /** Jobs and checks that use it now; 0: it waits for the next one. */
    readonly users: number;
    /** Children; 0 while it is loaded. */
    readonly processes: number;
}

/** Warm models, loaded from the blob store. */
export interface ModelCache {
    /**
     * Loads a model, or takes the one that is warm. The files of the manifest are in the store.
     *
     * @throws ModelRefusedError, RuntimeStoppedError
     */
    acquire(
        hash: HashHex,
        manifest: ModelManifest,
        limits: JobLimits,
        executionClass?: ExecutionClass,
    ): Promise<ModelLease>;
    /** Ends the children of all models that nobody uses. */
    trim(): void;
    /** The least recently used first. */
    readonly warm: readonly WarmModel[];
}

interface Entry extends Pick<WarmModel, 'model' | 'name' | 'executionClass'> {
    readonly loading: Promise<LoadedModel>;
    loaded?: LoadedModel;
    users: number;
}

/**
 * @param maxModels - warm models at a time; more only while all of them are in use
 * @param onDeath - told of each process that ended without being asked to
 */
export function createModelCache(
    runtime: Runtime,
    blobs: BlobStore,
    maxModels: number,
    onDeath?: (model: HashHex, cause: KillCause) => void,
): ModelCache {
    /** The least recently used first. */
    const entries = new Map<string, Entry>();

    const evict = (most = maxModels) => {
        for (const [key, { users, loading }] of entries) {
            if (entries.size <= most) return;
            if (users > 0) continue;
            entries.delete(key);
            loading.then((model) => model.stop()).catch(() => undefined);
        }
    };

    /** Children work beside the blobs, so that outputs need not move to another disk. */
    const load = async (
        hash: HashHex,
        manifest: ModelManifest,
        { msPerItem, memoryBytes, outputBytesPerItem }: JobLimits,
        executionClass: ExecutionClass,
    ): Promise<LoadedModel> => {
        const staging = await blobs.stage();
        try {
            const model = await runtime.load(
                { manifest, locate: ({ sha256 }) => blobs.path(sha256) },
                {
                    limits: {
                        itemTimeoutMs: msPerItem,
                        maxMemoryBytes: memoryBytes,
                        maxOutputBytes: outputBytesPerItem,
                    },
                    executionClass,
                    readable: [dirname(blobs.path(hash))],
                    folder: staging.path,
                    onDeath: (cause) => onDeath?.(hash, cause),
                    // Only single items are executed as WebAssembly: those of juries.
                    ...(executionClass === 'wasm' && { processes: 1 }),
                },
            );
            return {
                ...model,
                get processes() {
                    return model.processes;
                },
                get pids() {
                    return model.pids;
                },
                async stop() {
                    await model.stop();
                    await staging.remove();
                },
            };
        } catch (error) {
            await staging.remove();
            throw error;
        }
    };

    return {
        trim: () => evict(0),
        get warm() {
            return [...entries.values()].map(({ model, name, executionClass, users, loaded }) => {
                return { model, name, executionClass, users, processes: loaded?.processes ?? 0 };
            });
        },
        async acquire(hash, manifest, limits, executionClass = 'native') {
            const { msPerItem, memoryBytes, outputBytesPerItem } = limits;
            const key = [executionClass, hash, msPerItem, memoryBytes, outputBytesPerItem].join(
                ' ',
            );
            const entry: Entry = entries.get(key) ?? {
                model: hash,
                name: manifest.name,
                executionClass,
                loading: load(hash, manifest, limits, executionClass),
                users: 0,
            };
            entry.users++;
            entries.delete(key);
            entries.set(key, entry);
            evict();
            try {
                const model = await entry.loading;
                entry.loaded = model;
                let released = false;
                return {
                    model,
                    release: () => {
                        if (!released) entry.users--;
                        released = true;
                        evict();
                    },
                };
            } catch (error) {
                entry.users--;
                entries.delete(key);
                throw error;
            }
        },
    };
}
