import { expect } from 'chai';
import { TopicTree } from '../../src/inspector/model/topic-tree.js';
import { Expansion, topicTest, visibleRows } from '../../src/inspector/model/visible-rows.js';
import { publish } from '../support/trace-events.js';

describe('the topics of an inspection', () => {
  const treeOf = (...topics: readonly string[]) => {
    const tree = new TopicTree();
    topics.forEach((topic, i) => tree.add(publish(i, topic, 'x'), topic));
    return tree;
  };
  const namesOf = (tree: TopicTree, search = '', expansion = new Expansion()) =>
    visibleRows(tree, expansion, topicTest(search)).map(({ topic }) => topic);

  it('are a tree in natural order, with counts of what is below', () => {
    const tree = treeOf('line/10/a', 'line/9/a', 'line/9', 'line/9/a');
    expect(namesOf(tree)).to.deep.equal(['line', 'line/9', 'line/9/a', 'line/10', 'line/10/a']);
    const { root } = tree;
    expect({ topics: root.topics, messages: root.messages, bytes: root.bytes }).to.deep.equal({
      topics: 3,
      messages: 4,
      bytes: 4,
    });
    expect(tree.find('line/9')).to.include({ topics: 2, messages: 3 });
    expect(tree.find('line/8')).to.equal(undefined);
  });

  it('tell empty levels apart', () => {
    const tree = treeOf('/a', 'a', 'a/', '');
    expect(tree.root.topics).to.equal(4);
    for (const topic of ['/a', 'a', 'a/', '']) expect(tree.find(topic)?.last?.packet.topic, topic).to.equal(topic);
  });

  it('remember that a message is retained until an empty one clears it', () => {
    const tree = treeOf();
    const isRetained = () => tree.find('a')!.isRetained;
    tree.add(publish(1, 'a', 'x', { retain: true }), 'a');
    tree.add(publish(2, 'a', 'y'), 'a');
    expect(isRetained()).to.equal(true);
    tree.add(publish(3, 'a', '', { retain: true, direction: 'sent' }), 'a');
    expect(isRetained()).to.equal(false);
  });

  it('have a rate that follows the last seconds', () => {
    const tree = new TopicTree();
    for (let at = 0; at < 60_000; at += 100) tree.add(publish(at, 'a', 'x'), 'a');
    const { rate } = tree.find('a')!;
    expect(rate.perSecond(60_000)).to.be.closeTo(10, 0.5);
    expect(rate.perSecond(75_000)).to.be.below(1);
  });

  it('are found with their parents, by a part or by a filter', () => {
    const tree = treeOf('house/kitchen/light', 'house/hall/light', 'house/hall', 'garden/pump');
    expect(namesOf(tree, 'LIGHT')).to.deep.equal([
      'house',
      'house/hall',
      'house/hall/light',
      'house/kitchen',
      'house/kitchen/light',
    ]);
    expect(namesOf(tree, 'house/+')).to.deep.equal(['house', 'house/hall']);
    expect(namesOf(tree, 'garden/#')).to.deep.equal(['garden', 'garden/pump']);
    expect(namesOf(tree, 'c++')).to.deep.equal([]);
  });

  it('are collapsed by a user, in another tree of the same topics too', () => {
    const expansion = new Expansion();
    const tree = treeOf('a/b/c', 'd');
    expansion.set(tree.find('a/b')!, false);
    expect(namesOf(tree, '', expansion)).to.deep.equal(['a', 'a/b', 'd']);
    expect(namesOf(treeOf('a/b/c', 'd'), '', expansion)).to.deep.equal(['a', 'a/b', 'd']);
  });

  it('are bounded in number and depth', () => {
    const tree = new TopicTree();
    const deep = '/'.repeat(60_000);
    tree.add(publish(0, deep, 'x'), deep);
    expect(tree.nodes).to.be.below(50);
    expect(tree.find(deep)?.last?.packet.topic).to.equal(deep);
    for (let i = 0; i < 70_000; i++) tree.add(publish(1, `t${i}`, 'x'), `t${i}`);
    expect(tree.nodes).to.equal(60_000);
    expect(tree.unlisted).to.be.above(9_900);
    expect(visibleRows(tree, new Expansion(), topicTest('t59000'))).to.have.length(1);
  });

  it('keep no more payloads than fit, and say so', () => {
    const tree = new TopicTree();
    const text = 'x'.repeat(1024 * 1024);
    for (let i = 0; i < 60; i++) tree.add(publish(i, `large/${i}`, text), `large/${i}`);
    expect(tree.find('large/0')!.isCut).to.equal(false);
    const last = tree.find('large/59')!;
    expect(last.isCut).to.equal(true);
    expect(last.last!.packet.payload).to.deep.equal({ length: text.length });
    // What a topic gives up is room for others.
    for (let i = 0; i < 30; i++) tree.add(publish(100, `large/${i}`, 'small'), `large/${i}`);
    tree.add(publish(200, 'large/59', text), 'large/59');
    expect(last.isCut).to.equal(false);
  });
});
