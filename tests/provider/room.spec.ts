import { PassError } from '../../provider/errors';
import { createRoom, type Place, type Room } from '../../provider/room';
import { until } from './world';

const END = 1_000;

/** Why there is no room; undefined where there is. */
function reasonOf(work: () => void): string | undefined {
    try {
        work();
        return undefined;
    } catch (error) {
        if (!(error instanceof PassError)) throw error;
        return error.reason;
    }
}

/** A job whose look has begun. */
function looking(room: Room, endsAt = END): Place {
    const place = room.enter(false);
    expect(place.mayLook(endsAt)).toBe(true);
    return place;
}

/** A job that is bid for. */
function taken(room: Room): Place {
    const place = looking(room);
    place.take();
    return place;
}

/** A job that was looked at, and found no room. */
function turnedAway(room: Room, endsAt = END): Place {
    const place = looking(room, endsAt);
    expect(reasonOf(() => place.take())).toBe('busy');
    place.back('room');
    return place;
}

describe('Looks', () => {
    it('take no room, and have a bound of their own', () => {
        const room = createRoom({ maxJobs: 1, maxLooks: 2 });
        const first = looking(room);
        looking(room);
        expect(room.taken).toBe(0);
        const third = room.enter(false);
        expect(third.mayLook(END)).toBe(false);
        expect(room.waiting).toBe(1);
        first.leave();
        expect(third.mayLook(END)).toBe(true);
        expect(room.waiting).toBe(0);
    });

    it('go in the order in which the time for bids ends', async () => {
        const room = createRoom({ maxJobs: 1, maxLooks: 1 });
        const first = looking(room);
        const order: string[] = [];
        const { signal } = new AbortController();
        const waiting = Object.entries({ late: 30, soon: 10, between: 20 }).map(
            async ([name, endsAt]) => {
                const place = room.enter(false);
                expect(place.mayLook(endsAt)).toBe(false);
                await place.turn(60_000, signal);
                order.push(name);
                place.leave();
            },
        );
        first.leave();
        await Promise.all(waiting);
        expect(order).toEqual(['soon', 'between', 'late']);
    });

    it('that take long do not keep others from theirs, up to a bound', () => {
        let now = 0;
        const room = createRoom({ maxJobs: 1, maxLooks: 1, now: () => now });
        for (let slow = 0; slow < 4; slow++) {
            looking(room);
            expect(room.enter(false).mayLook(END + 1)).toBe(false);
            now += 10_000;
        }
        expect(room.enter(false).mayLook(END)).toBe(false);
    });

    it('that take long keep no room from another job that waits', () => {
        let now = 0;
        const room = createRoom({ maxJobs: 1, now: () => now });
        const winner = taken(room);
        const [slow, other] = [turnedAway(room, 10), turnedAway(room, 20)];
        winner.leave();
        expect([slow.mayLook(10), other.mayLook(20)]).toEqual([true, false]);
        now += 10_000;
        expect(other.mayLook(20)).toBe(true);
    });

    it('wait no longer for their turn than they want to, and end with the node', async () => {
        const room = createRoom({ maxJobs: 1, maxLooks: 1 });
        looking(room);
        const place = room.enter(false);
        const end = new AbortController();
        place.mayLook(END);
        await place.turn(1, end.signal);
        expect(place.mayLook(END)).toBe(false);
        const turn = place.turn(60_000, end.signal);
        end.abort(new Error('The end.'));
        await expect(turn).rejects.toThrow('The end.');
    });

    it('of jobs that found no room are for those alone that there is room for', () => {
        const room = createRoom({ maxJobs: 2, maxLooks: 4 });
        const winners = [taken(room), taken(room)];
        const [late, soon] = [turnedAway(room, 30), turnedAway(room, 10)];
        expect([late.mayLook(30), soon.mayLook(10)]).toEqual([false, false]);
        // A new job may be none for this node, which the first look says.
        looking(room).leave();
        winners[0]?.leave();
        expect([late.mayLook(30), soon.mayLook(10)]).toEqual([false, true]);
        soon.take();
        expect(late.mayLook(30)).toBe(false);
        winners[1]?.leave();
        expect(late.mayLook(30)).toBe(true);
    });
});

describe('Looks at jobs whose blobs were nowhere', () => {
    it('wait for their time, or for the moment when something has come', () => {
        let now = 0;
        const room = createRoom({ maxJobs: 1, now: () => now });
        const [early, told] = [looking(room), looking(room)];
        early.defer(1_000);
        told.defer(1_000);
        expect([early.mayLook(END), told.mayLook(END)]).toEqual([false, false]);
        told.recall();
        now += 999;
        expect([early.mayLook(END), told.mayLook(END)]).toEqual([false, true]);
        now += 1;
        expect(early.mayLook(END)).toBe(true);
    });

    it('end their wait by themselves', async () => {
        const room = createRoom({ maxJobs: 1 });
        const place = looking(room);
        place.defer(20);
        await place.turn(60_000, new AbortController().signal);
        await until(() => place.mayLook(END));
    });

    it('go after all others, two at a time, and keep no new job out', () => {
        const room = createRoom({ maxJobs: 4, maxLooks: 3, maxUndecided: 1, now: () => 0 });
        const again = [looking(room), looking(room), looking(room)];
        for (const place of again) place.defer(0);
        room.checkEntry(0);
        const others = again.map((place) => place.mayLook(1));
        expect(others).toEqual([true, true, false]);
        expect(room.enter(false).mayLook(END)).toBe(true);
        expect(again[2]?.mayLook(1)).toBe(false);
        again[0]?.leave();
        const fresh = room.enter(false);
        expect([again[2]?.mayLook(1), fresh.mayLook(END)]).toEqual([true, false]);
    });
});

describe('Room', () => {
    it('is for no more jobs than it may, even when looks end together', () => {
        const room = createRoom({ maxJobs: 1 });
        const [first, second] = [looking(room), looking(room)];
        first.check();
        second.check();
        first.take();
        expect(() => second.take()).toThrow('1 jobs are bid for or being done, and maxJobs is 1.');
        expect(room.taken).toBe(1);
        second.back('room');
        first.leave();
        expect(second.mayLook(END)).toBe(true);
        second.take();
        expect(room.taken).toBe(1);
    });

    it('is asked for again where time was wanting, once some is free', () => {
        const room = createRoom({ maxJobs: 4 });
        const place = looking(room);
        place.back('time');
        expect(place.mayLook(END)).toBe(false);
        room.retry();
        expect(place.mayLook(END)).toBe(true);
    });

    it('is kept for bids from before a start, and others wait until those are counted', () => {
        const room = createRoom({ maxJobs: 3 });
        const [sure, lost] = [room.enter(true), room.enter(true)];
        expect(room.taken).toBe(2);
        const fresh = looking(room);
        expect(() => fresh.take()).toThrow('2 jobs from before the node was started');
        fresh.back('room');
        sure.settle();
        expect(fresh.mayLook(END)).toBe(false);
        lost.release();
        expect(room.taken).toBe(1);
        expect(fresh.mayLook(END)).toBe(true);
        fresh.take();
        // A bid that may be on its way does not keep its own job from another one.
        sure.mayLook(END);
        sure.take();
        expect(room.taken).toBe(2);
    });

    it('is shared in proportion: what others take makes a price', () => {
        const room = createRoom({ maxJobs: 4 });
        const place = taken(room);
        expect(place.load).toBe(0);
        taken(room);
        looking(room);
        expect(place.load).toBe(0.25);
    });

    it('lets so many jobs wait, and no more', () => {
        const room = createRoom({ maxJobs: 1, maxUndecided: 2 });
        taken(room);
        room.checkEntry(1);
        room.enter(false);
        expect(() => room.checkEntry(1)).toThrow('2 other jobs are looked at, or wait for room.');
    });

    it('is given to nobody before the end of the node, which waits for what takes it', async () => {
        const room = createRoom({ maxJobs: 2 });
        const [won, open] = [taken(room), looking(room)];
        let closed = false;
        const closing = room.close().then(() => (closed = true));
        expect(reasonOf(() => room.checkEntry(0))).toBe('closing');
        expect(reasonOf(() => open.take())).toBe('closing');
        open.back('room');
        expect(open.mayLook(END)).toBe(false);
        await Promise.resolve();
        expect(closed).toBe(false);
        won.leave();
        await closing;
        await room.close();
    });
});
