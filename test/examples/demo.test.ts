import { execFile } from 'node:child_process';
import { expect } from 'chai';

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs the demo without a terminal, as `npm start` does. */
const demo = (...args: string[]) =>
  new Promise<Ended>(resolve => {
    const flags = ['--import=tsx', 'examples/demo/main.ts'];
    execFile(process.execPath, [...flags, ...args], { timeout: 40_000 }, (error, output, errors) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), output, errors }),
    );
  });

/** The figures of a row of the final table. */
function row(output: string, qos: number) {
  const cells = new RegExp(`^ QoS ${qos}  [a-z]+((?: +\\d+){6})$`, 'm').exec(output)?.[1];
  const [sent, refused, resent, received, repeated, lost] = (cells ?? '').trim().split(/ +/).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { sent, refused, resent, received, repeated, lost };
}

describe('demo', function () {
  this.timeout(45_000);

  it('loses nothing at QoS 1, nothing and no copy at QoS 2, though its link is cut', async () => {
    const { code, output, errors } = await demo('--seconds', '4');
    expect(errors).to.equal('');
    const [atMostOnce, atLeastOnce, exactlyOnce] = [row(output, 0), row(output, 1), row(output, 2)];
    expect(atMostOnce.refused, output).to.be.above(0);
    expect(atLeastOnce, output).to.include({ lost: 0, refused: 0, received: atLeastOnce.sent });
    expect(exactlyOnce, output).to.include({ lost: 0, refused: 0, repeated: 0, received: exactlyOnce.sent });
    expect(exactlyOnce.sent).to.be.above(30);
    expect(atLeastOnce.resent + exactlyOnce.resent).to.be.above(0);
    expect(output).to.match(/publisher +reconnecting in 0\.50 s, attempt 1: [A-Z_]+/);
    expect(output).to.match(/publisher +connected, MQTT 3\.1\.1, the broker kept the session/);
    expect(output).not.to.include('\x1b');
    expect(code, output).to.equal(0);
  });

  for (const [what, args, code, line] of [
    ['an unknown flag', ['--nope'], 2, /Unknown option '--nope'/],
    ['a bad URL', ['mqtt://me:secret@'], 2, /'mqtt:\/\/' is not a URL/],
    ['a number of seconds out of range', ['--seconds', '1'], 2, /from 3 to 3600/],
    [
      'a broker that nobody can reach',
      ['mqtt://me:secret@127.0.0.1:1'],
      1,
      /cannot reach 127\.0\.0\.1:1: .*ECONNREFUSED/,
    ],
  ] as const) {
    it(`answers ${what} with one line and exit code ${code}`, async () => {
      const ended = await demo(...args);
      expect(ended.errors)
        .to.match(line)
        .and.match(/^[^\n]+\n$/)
        .and.not.include('secret');
      expect(ended.output).to.equal('');
      expect(ended.code).to.equal(code);
    });
  }

  it('explains itself', async () => {
    const { code, output } = await demo('--help');
    expect(output).to.include('--seconds N').and.include('--forever').and.include('mqtt://');
    expect(code).to.equal(0);
  });
});
