import { expect } from 'chai';
import { EventStore } from '../../src/inspector/model/event-store.js';
import { SPAN, Timeline } from '../../src/inspector/model/timeline.js';
import { Viewer } from '../../src/inspector/model/viewer.js';
import type { TraceEvent } from '../../src/trace/trace-event.js';
import { greenhouse, publish, start } from '../support/trace-events.js';

const always = () => true;

describe('what an inspector shows of a trace', () => {
  const value = (viewer: Viewer, topic: string) => {
    const payload = viewer.inspection.topics.find(topic)?.last?.packet.payload as { text: string } | undefined;
    return payload?.text;
  };
  const viewerOf = (...events: readonly TraceEvent[]) => {
    const viewer = new Viewer({ events: 10_000, bytes: 64 * 1024 * 1024 });
    for (const event of [start, ...events]) viewer.push(event, event.at);
    viewer.advance(events.at(-1)?.at ?? 0, always);
    return viewer;
  };

  it('follows the live trace, and its clock between two events', () => {
    const viewer = viewerOf(publish(100, 'a', '1'));
    expect(value(viewer, 'a')).to.equal('1');
    expect(viewer.position(100)).to.equal(100);
    expect(viewer.position(1_100)).to.be.closeTo(1_100, 2);
  });

  it('holds the live trace, goes back in it and returns', () => {
    const viewer = viewerOf(publish(100, 'a', '1'), publish(5_000, 'a', '2'));
    viewer.pause(5_000);
    viewer.push(publish(6_000, 'a', '3'), 6_000);
    viewer.advance(6_000, always);
    expect(value(viewer, 'a')).to.equal('2');
    expect(viewer).to.include({ held: 1, isPlaying: false });
    viewer.seek(1_000);
    viewer.advance(6_100, always);
    expect(value(viewer, 'a')).to.equal('1');
    expect(viewer.range(6_100)).to.deep.equal([0, 5_000]);
    viewer.seek(5_000);
    viewer.advance(6_200, always);
    expect(value(viewer, 'a')).to.equal('2');
    viewer.play();
    viewer.advance(6_300, always);
    expect(value(viewer, 'a')).to.equal('3');
  });

  it('shows a file from its end, plays it from its beginning, and returns to the live trace', () => {
    const viewer = viewerOf(publish(100, 'live', '1'));
    const store = new EventStore({ events: Infinity, bytes: Infinity });
    for (const event of [start, publish(100, 'a', '1'), publish(5_000, 'a', '2')]) store.push(event);
    viewer.open({ name: 'x', store, damaged: 0, isCut: false });
    viewer.advance(200, always);
    expect(value(viewer, 'a')).to.equal('2');
    viewer.push(publish(300, 'live', '2'), 300);
    viewer.play();
    viewer.advance(200 + 1_000, always);
    expect(value(viewer, 'a')).to.equal('1');
    viewer.advance(200 + 6_000, always);
    expect(value(viewer, 'a')).to.equal('2');
    expect(viewer.isPlaying).to.equal(false);
    viewer.close();
    viewer.advance(7_000, always);
    expect(value(viewer, 'live')).to.equal('2');
    expect(viewer.isPlaying).to.equal(true);
  });

  it('applies events in slices, and goes on where it was', () => {
    const viewer = new Viewer({ events: 10_000, bytes: 64 * 1024 * 1024 });
    for (let i = 0; i < 1_000; i++) viewer.push(publish(i, 'a', String(i)), i);
    expect(viewer.advance(1_000, () => false)).to.equal(false);
    expect(Number(value(viewer, 'a'))).to.be.within(100, 200);
    expect(viewer.advance(1_001, always)).to.equal(true);
    expect(value(viewer, 'a')).to.equal('999');
  });

  it('does not wait for frames that a page in the background does not have', () => {
    const viewer = new Viewer({ events: 1_000, bytes: 64 * 1024 * 1024 });
    for (let i = 0; i < 20_000; i++) viewer.push(publish(i, `t/${i}`, 'x'), i);
    viewer.advance(20_000, always);
    const { inspection, missed, store } = viewer;
    expect(inspection.topics.root.messages + missed).to.equal(20_000);
    expect(store.end - store.first).to.be.at.most(1_000 + 512);
  });

  it('keeps the start of a trace whose beginning is no longer kept, and says what it has missed', () => {
    const viewer = new Viewer({ events: 1_000, bytes: 64 * 1024 * 1024 });
    viewer.push(start, 0);
    viewer.advance(0, always);
    viewer.pause(0);
    for (let i = 1; i <= 5_000; i++) viewer.push(publish(i, 'a', String(i)), i);
    viewer.play();
    viewer.advance(5_000, always);
    expect(viewer.missed).to.be.within(3_500, 4_500);
    expect(value(viewer, 'a')).to.equal('5000');
    viewer.seek(viewer.store.from);
    viewer.advance(5_001, always);
    expect(viewer.inspection.startedAt).to.equal(start.startedAt);
  });

  it('keeps events by the memory that they take', () => {
    const store = new EventStore({ events: 1_000_000, bytes: 4 * 1024 * 1024 });
    for (let i = 0; i < 20_000; i++) store.push(publish(i, 'a', 'x'.repeat(1_000)));
    expect(store.bytes).to.be.below(5 * 1024 * 1024);
    expect(store.get(store.end - 1).at).to.equal(19_999);
    expect(store.get(store.indexOf(18_000)).at).to.equal(18_000);
    expect(store.indexOf(0)).to.equal(store.first);
  });

  it('counts the marks of the last minute, and forgets those before', () => {
    const timeline = new Timeline();
    const [received, message] = [1, 0];
    for (let at = 0; at < 200_000; at += 50) timeline.add(publish(at, 'a', 'x'));
    expect(timeline.count(received, message, 1_990, 10)).to.equal(20);
    expect(timeline.count(received, message, (200_000 - SPAN) / 100, SPAN / 100)).to.equal(1_200);
    expect(timeline.count(received, message, 0, 1_000)).to.equal(0);
  });

  it('finds states, warnings and figures of the greenhouse', () => {
    const viewer = viewerOf(...greenhouse().slice(1));
    const { state, warningCount, figures, timeline, topics } = viewer.inspection;
    expect(state?.status).to.equal('connected');
    expect(warningCount).to.equal(1);
    expect(figures.at(-1)?.at).to.equal(63_000);
    expect(timeline.states.map(({ status }) => status).join(' ')).to.equal(
      'connecting connected reconnecting connecting connected',
    );
    expect(topics.root.topics).to.equal(28);
  });

  it('knows the topic that a topic alias stands for, for one connection', () => {
    const aliased = (at: number, topic: string, text: string) =>
      publish(at, topic, text, { properties: { topicAlias: 3 } });
    const viewer = viewerOf(aliased(1, 'a/b', '1'), aliased(2, '', '2'));
    expect(value(viewer, 'a/b')).to.equal('2');
    viewer.push({ type: 'state', at: 3, status: 'reconnecting' }, 3);
    viewer.push(aliased(4, '', '3'), 4);
    viewer.advance(5, always);
    expect(value(viewer, 'a/b')).to.equal('2');
    expect(viewer.inspection.topics.root.messages).to.equal(2);
  });
});
