/** A figure, and what is asked of it in the short and in the long form of its rig. */
export interface Mark {
  readonly measured: string;
  readonly unit?: string;
  readonly is: 'at most' | 'at least';
  /** Each report names one thing; how many different ones there are is the figure. */
  readonly counted?: true;
  readonly short: number;
  readonly long: number;
}

export interface Promised {
  readonly promise: string;
  /** The tests that measure it, as a regular expression over their paths. */
  readonly rig: string;
  readonly marks: Readonly<Record<string, Mark>>;
}

/** @param long where the long form asks for another figure than the short one. */
const atMost = (short: number, unit: string, measured: string, long = short): Mark => ({
  measured,
  unit,
  is: 'at most',
  short,
  long,
});
const atLeast = (short: number, long: number, measured: string, unit = ''): Mark => ({
  measured,
  unit,
  is: 'at least',
  short,
  long,
});
const none = (measured: string): Mark => atMost(0, '', measured);

/** What is promised. `npm run reliability` measures it, and `docs/reliability.md` has what was reached last. */
export const PROMISES = {
  decoder: {
    promise: 'the decoder never crashes',
    rig: 'test/reliability/mutated-frames.rig',
    marks: {
      'decoder.frames': atLeast(1_000_000, 10_000_000, 'mutated frames, in random chunks, over three contracts'),
      'decoder.untyped': none('errors without a type, and promises rejected with nobody to see it'),
      'decoder.heap': atMost(5, 'MB', 'heap more than before'),
    },
  },
  agreement: {
    promise: 'both peers agree',
    rig: 'test/interop/(soak|facts)',
    marks: {
      'agreement.facts': { ...atLeast(22, 22, 'facts of the wire, on upstream and here'), counted: true },
      'agreement.calls': atLeast(
        20_000,
        1_000_000,
        'calls each way between Rust and Nest, up to 314,159 bytes, per contract',
      ),
      'agreement.mismatches': none('calls that failed, or whose reply was another'),
    },
  },
  crash: {
    promise: 'every call settles exactly once',
    rig: 'test/reliability/crash.rig',
    marks: {
      'crash.kills': atLeast(5, 100, 'times that the server was killed by SIGKILL'),
      'crash.rate': atLeast(1_000, 5_000, 'calls made meanwhile', '/s'),
      'crash.hung': none('calls that never ended'),
      'crash.twice': none('calls that ended twice, or ran twice'),
      'crash.lost': none('calls that were answered and had not run'),
      'crash.told': atMost(100, 'ms', 'from the close until the last call in flight was told'),
    },
  },
  cut: {
    promise: 'a cut stream never looks complete',
    rig: 'test/interop/cut-streams',
    marks: {
      'cut.points': atLeast(100, 100, 'places at which replies were cut, every frame and byte, by FIN and RST'),
      'cut.complete': none('replies that were cut and looked complete'),
    },
  },
  blackhole: {
    promise: 'a dead peer is found',
    rig: 'test/reliability/black-hole.rig',
    marks: {
      'blackhole.busy': atMost(3, 's', 'until it was found with calls pending; by a client, and by a server', 30),
      'blackhole.idle': atMost(9, 's', 'until it was found idle; by a client, and by a server', 90),
    },
  },
  stampede: {
    promise: 'reconnecting does not stampede',
    rig: 'test/session/backoff',
    marks: {
      'stampede.second': atMost(10, '%', 'of 1,000 clients back in the fullest second after an outage'),
      'stampede.delay': atMost(30, 's', 'until the last was back'),
    },
  },
  slow: {
    promise: 'a slow reader costs little',
    rig: 'test/hostile/figures.rig',
    marks: {
      'slow.pulled': none('items that an iterable was asked for while its reader was paused and all was full'),
      'slow.rss': atMost(32, 'MB', 'RSS more than before, with an endless stream to a paused reader'),
      'slow.cut': atMost(5, 's', 'until it was cut (the limit of 10 s, and 1 s for all else)', 11),
    },
  },
  reset: {
    promise: 'rapid reset is harmless',
    rig: 'test/hostile/figures.rig',
    marks: {
      'reset.pairs': atLeast(30_000, 1_000_000, 'request+Cancel pairs, to a server that does not close'),
      'reset.handlers': atMost(1_024, '', 'handlers at work'),
      'reset.rss': atMost(32, 'MB', 'RSS more than before'),
      'reset.neighbour': atMost(1_000, 'ms', "a neighbour's p99 meanwhile", 50),
      'reset.open': none('flooders left connected by a server as it is by default'),
    },
  },
  cancel: {
    promise: 'cancelling leaks nothing',
    rig: 'test/reliability/cancelled-calls.rig',
    marks: {
      'cancel.calls': atLeast(50_000, 1_000_000, 'calls that were cancelled'),
      'cancel.left': none('calls left in the maps of client and server'),
      'cancel.listeners': none('listeners more than before, on sockets, signals and processes'),
      'cancel.heap': atMost(5, 'MB', 'heap more than before, of client or server'),
    },
  },
  idle: {
    promise: 'idle is cheap',
    rig: 'test/hostile/figures.rig',
    marks: {
      'idle.connections': atLeast(500, 10_000, 'idle connections'),
      'idle.rss': atMost(160, 'MB', 'RSS more than before'),
      'idle.tls': atMost(60, 'KiB', 'RSS of each connection over TLS'),
    },
  },
  drip: {
    promise: 'slow-loris is cut',
    rig: 'test/hostile/figures.rig',
    marks: {
      'drip.peers': atLeast(100, 5_000, 'peers that send a byte a second'),
      'drip.closed': atMost(5, 's', 'from its first byte until the last was closed', 30),
    },
  },
  restart: {
    promise: 'a rolling restart loses nothing',
    rig: 'test/reliability/rolling-restart.rig',
    marks: {
      'restart.restarts': atLeast(5, 50, 'restarts'),
      'restart.rate': atLeast(1_000, 5_000, 'calls made meanwhile', '/s'),
      'restart.failed': none('calls that failed, or ran twice'),
      'restart.end': atMost(10, 's', 'from SIGTERM until the server had ended'),
    },
  },
  simulation: {
    promise: 'races are found before users find them',
    rig: 'test/simulation',
    marks: {
      simulation: atLeast(1_000, 100_000, 'seeds of the simulation, without a failure'),
    },
  },
} as const satisfies Record<string, Promised>;
