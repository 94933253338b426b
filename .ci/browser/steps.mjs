// Steps that are counted: each builds on the ones before, so the first that
// fails ends the play and the rest count as failed too.
const names = [];
const plays = [];

export function step(name, play) {
  names.push(name);
  plays.push(play);
}

// runSteps plays all and gives how many failed.
export async function runSteps(onFailure) {
  let passed = 0;
  for (const [i, play] of plays.entries()) {
    try {
      await play();
      passed++;
      console.log(`ok    ${names[i]}`);
    } catch (err) {
      console.log(`FAIL  ${names[i]}\n      ${String(err.message ?? err).split('\n').slice(0, 6).join('\n      ')}`);
      await onFailure(names[i]);
      break;
    }
  }
  for (const name of names.slice(passed + 1)) console.log(`-     ${name} (not reached)`);
  console.log(`${passed} passed, ${names.length - passed} failed`);
  return names.length - passed;
}

export function must(holds, sentence) {
  if (!holds) throw new Error(sentence);
}
