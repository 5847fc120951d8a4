// tincanjs, which speaks 1.0.2 and sends states as octets.
"use strict";
const TinCan = require("tincanjs");
const { assert, given, VERB, ACTIVITY, somebody, attempted, run } = require("./house.cjs");

// Its calls answer by callback: (error, result), an error being a status or an object.
function asked(call) {
  return new Promise((resolve, reject) => {
    call((wrong, found) => (wrong !== null ? reject(wrong) : resolve(found)));
  });
}

run(async () => {
  const learner = somebody();
  const lrs = new TinCan.LRS({
    endpoint: given.endpoint,
    username: given.key,
    password: given.secret,
    allowFail: false,
  });
  const [one, ...many] = [1, 2, 3, 4].map(() => new TinCan.Statement(attempted(learner)));
  await asked((callback) => lrs.saveStatement(one, { callback }));
  await asked((callback) => lrs.saveStatements(many, { callback }));

  const found = await asked((callback) => lrs.retrieveStatement(one.id, { callback }));
  assert.equal(found.result.response, "é 漢");
  const params = { agent: new TinCan.Agent(learner), verb: { id: VERB }, limit: 3, ascending: true };
  const page = await asked((callback) => lrs.queryStatements({ params, callback }));
  const rest = await asked((callback) => lrs.moreStatements({ url: page.more, callback }));
  const seen = [...page.statements, ...rest.statements].map((each) => each.id);
  assert.deepEqual(seen, [one.id, ...many.map((each) => each.id)]);

  const whose = { agent: new TinCan.Agent(learner), activity: new TinCan.Activity({ id: ACTIVITY }) };
  const page3 = { page: 3 };
  await asked((callback) => lrs.saveState("place", page3, { ...whose, contentType: "application/json", callback }));
  const state = await asked((callback) => lrs.retrieveState("place", { ...whose, callback }));
  assert.deepEqual(state.contents, page3);
  await asked((callback) => lrs.saveState("octets", "a|b|é", { ...whose, callback }));
  const octets = await asked((callback) => lrs.retrieveState("octets", { ...whose, callback }));
  assert.deepEqual([octets.contents, octets.contentType], ["a|b|é", "application/octet-stream"]);
  const names = await asked((callback) => lrs.retrieveStateIds({ ...whose, callback }));
  assert.deepEqual(names.sort(), ["octets", "place"]);
  await asked((callback) => lrs.dropState("place", { ...whose, callback }));
  assert.equal(await asked((callback) => lrs.retrieveState("place", { ...whose, callback })), null);

  const profile = { agent: whose.agent, contentType: "application/json" };
  await asked((callback) => lrs.saveAgentProfile("likes", page3, { ...profile, callback }));
  const liked = await asked((callback) => lrs.retrieveAgentProfile("likes", { agent: whose.agent, callback }));
  assert.deepEqual(liked.contents, page3);

  const wrong = new TinCan.Statement(attempted(learner, { id: one.id, result: { success: false } }));
  await assert.rejects(asked((callback) => lrs.saveStatement(wrong, { callback })), (status) => status === 409);
});
