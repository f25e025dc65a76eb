import { PeerMemory, type PeerStorage } from '../../network/browser/peer-memory';

const IDS = [
    '12D3KooWMwZFTyK83Kxu5qH3PfpahRii1RVuPWuXx8APHRX46h15',
    '12D3KooWR1sc7Crz6HpDcQj7a9k2fV7yaYHhvkvP5bpn4X9HxDpE',
];
const HASH = 'uEiCBKvlYQDmXZ7vTsVcPbEIRHbZ0JSHQXcvLwFYnZUTZ2g';
const direct = (id = IDS[0], port = 4001) =>
    `/ip4/45.66.77.2/udp/${port}/webrtc-direct/certhash/${HASH}/p2p/${id}`;

describe('What a page keeps of the peers that it met', () => {
    let kept: Map<string, string>;
    let storage: PeerStorage;
    beforeEach(() => {
        kept = new Map();
        storage = {
            getItem: (key) => kept.get(key) ?? null,
            setItem: (key, value) => void kept.set(key, value),
        };
    });

    it('is one address of each, the last one first', () => {
        const memory = new PeerMemory(storage);
        memory.note(direct(IDS[0]));
        memory.note(direct(IDS[1]));
        memory.note(direct(IDS[0], 4002));
        expect(new PeerMemory(storage).addresses).toEqual([direct(IDS[0], 4002), direct(IDS[1])]);
    });

    it('is nothing that leads nowhere, or through others', () => {
        const memory = new PeerMemory(storage);
        memory.note(`${direct(IDS[1])}/p2p-circuit/p2p/${IDS[0]}`);
        memory.note(`/ip4/45.66.77.2/tcp/4001/p2p/${IDS[0]}`);
        memory.note('/webrtc-direct/');
        expect(memory.addresses).toEqual([]);
    });

    it('is nothing where others wrote what is none, or nothing can be kept', () => {
        kept.set('cocoon-peers', '{');
        expect(new PeerMemory(storage).addresses).toEqual([]);
        kept.set('cocoon-peers', JSON.stringify([1, 'x'.repeat(1000), direct()]));
        expect(new PeerMemory(storage).addresses).toEqual([direct()]);
        const full = {
            ...storage,
            setItem: () => {
                throw new Error('full');
            },
        };
        new PeerMemory(full).note(direct(IDS[1]));
        const none = new PeerMemory(undefined);
        none.note(direct());
        expect(none.addresses).toEqual([]);
    });
});
