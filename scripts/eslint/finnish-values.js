import rxjsX from 'eslint-plugin-rxjs-x';

const { finnish } = rxjsX.rules;

/** rxjs-x/finnish for values alone: what holds a function that returns an Observable is a verb, and carries no `$`. */
export const finnishValues = {
  ...finnish,
  create(context) {
    const { sourceCode } = context;
    const { getTypeAtLocation } = sourceCode.parserServices;
    const isVerb = ({ start }) => {
      const type = getTypeAtLocation(sourceCode.getNodeByRangeIndex(sourceCode.getIndexFromLoc(start)));
      return (type.isUnion() ? type.types : [type]).some(part => part.getCallSignatures().length > 0);
    };
    const report = problem => {
      if (!isVerb(problem.loc)) context.report(problem);
    };
    return finnish.create(Object.create(context, { report: { value: report } }));
  },
};
