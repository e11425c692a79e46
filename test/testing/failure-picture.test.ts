import { expect } from 'chai';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { map, timer } from 'rxjs';
import { type MarblesFailure, type MqttMarbles, mqttMarbles } from '../../src/testing/index.js';
import { parse, titlesOf, wordsOf } from '../trace/draw/support.js';

function failureOf(test: (marbles: MqttMarbles) => void): MarblesFailure {
  try {
    mqttMarbles(test)();
  } catch (error) {
    return error as MarblesFailure;
  }
  throw new Error('it did not fail');
}

const differing = ({ expectTimeline }: MqttMarbles) =>
  expectTimeline(timer(3).pipe(map(() => '<one>'))).toBe('3 <two>', '4 |');

describe('the drawing of a failed mqttMarbles test', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'rxjs-mqtt-marbles-'))));
  afterEach(() => {
    delete process.env.MQTT_MARBLES;
    rmSync(folder, { recursive: true });
  });

  it('is with the failure, and shows what was expected above what happened', () => {
    const failure = failureOf(differing);
    expect(Object.keys(failure)).to.not.include('drawing');
    const svg = parse(failure.drawing);
    expect(wordsOf(svg)).to.deep.equal([
      'The stream did not emit what was expected.',
      'expected',
      '<two>',
      'actual',
      '<one>',
      'differences',
      '▲',
      '▲',
      '3 ms',
      '4 ms',
    ]);
    expect(titlesOf(svg)).to.deep.equal([['<two>'], ['<one>']]);
    expect(svg.querySelector('svg > desc')!.textContent).to.equal('They differ at 3 ms, 4 ms.');
    const bars = [...svg.querySelectorAll('line.thick')].map(line => Number(line.getAttribute('x1')));
    expect(bars).to.have.length(2);
  });

  it('is written where MQTT_MARBLES says, under the place of the expectation, and only then', () => {
    expect(failureOf(differing).message).to.not.include('Drawn');
    process.env.MQTT_MARBLES = join(folder, 'new');
    const { message, drawing } = failureOf(differing);
    const [name] = readdirSync(join(folder, 'new'));
    expect(name).to.match(/^failure-picture\.test\.ts-\d+\.svg$/);
    expect(message.split('\n').at(-1)).to.equal(`Drawn in ${join(folder, 'new')}/${name}`);
    expect(readFileSync(join(folder, 'new', name!), 'utf8')).to.equal(drawing);
  });

  it('leaves the failure as it is if it cannot be written', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    process.env.MQTT_MARBLES = file;
    const { message } = failureOf(differing);
    expect(message).to.match(/^The stream did not emit what was expected\./);
    expect(message).to.match(/\n\nNot drawn in .*EEXIST/);
  });

  it('shows the moments around the first difference of a long test', () => {
    const long = (last: string) => Array.from({ length: 200 }, (_, i) => `${i} ${i === 150 ? last : 'same'}`);
    const failure = failureOf(({ expectTimeline, cold }) => {
      expectTimeline(cold(`${'a'.repeat(150)}b${'a'.repeat(49)}`, { a: 'same', b: 'here' })).toBe(...long('there'));
    });
    const words = wordsOf(parse(failure.drawing));
    expect(words).to.include.members(['146 ms', '150 ms', '185 ms', 'here', 'there']);
    expect(words).to.not.include('145 ms').and.not.include('186 ms');
    expect(words).to.include('only the moments around the first difference');
  });

  it('shows subscriptions and errors', () => {
    const failure = failureOf(({ cold, expectSubscriptions, expectObservable }) => {
      const source$ = cold('-#');
      expectObservable(source$).toBe('-#');
      expectSubscriptions(source$.subscriptions).toBe('^--!');
    });
    const words = wordsOf(parse(failure.drawing));
    expect(words.filter(word => word === 'subscribed')).to.have.length(2);
    expect(words).to.include.members(['unsubscribed', '1 ms', '3 ms']);
  });
});
