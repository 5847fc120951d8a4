// @xapi/xapi 3, which speaks 2.0.0 unless it is told otherwise.
"use strict";
const XAPI = require("@xapi/xapi").default;
const { assert, given, VERB, ACTIVITY, somebody, attempted, run } = require("./house.cjs");

async function story(version) {
  const learner = somebody();
  const auth = XAPI.toBasicAuth(given.key, given.secret);
  const client = new XAPI({ endpoint: given.endpoint, auth, version });

  const one = attempted(learner);
  const many = [attempted(learner), attempted(learner), attempted(learner)];
  assert.deepEqual((await client.sendStatement({ statement: one })).data, [one.id]);
  const ids = many.map((each) => each.id);
  assert.deepEqual((await client.sendStatements({ statements: many })).data, ids);

  const found = (await client.getStatement({ statementId: one.id })).data;
  assert.equal(found.result.response, "é 漢");
  assert.equal(found.result.duration, "PT1M30.5S");
  const asked = { agent: learner, verb: VERB, limit: 2, ascending: true };
  let page = (await client.getStatements(asked)).data;
  const seen = page.statements.map((each) => each.id);
  while (page.more) {
    page = (await client.getMoreStatements({ more: page.more })).data;
    seen.push(...page.statements.map((each) => each.id));
  }
  assert.deepEqual(seen, [one.id, ...ids]);

  await client.voidStatement({ actor: learner, statementId: one.id });
  await assert.rejects(client.getStatement({ statementId: one.id }));
  const voided = (await client.getVoidedStatement({ voidedStatementId: one.id })).data;
  assert.equal(voided.id, one.id);

  const whose = { agent: learner, activityId: ACTIVITY, stateId: `place ${version}` };
  await client.setState({ ...whose, state: { page: 3 } });
  await client.createState({ ...whose, state: { done: true } });
  const state = await client.getState(whose);
  assert.deepEqual(state.data, { page: 3, done: true });
  assert.ok(state.headers.etag);
  assert.ok((await client.getStates(whose)).data.includes(whose.stateId));
  await client.deleteState(whose);
  await assert.rejects(client.getState(whose));

  const agent = { agent: learner, profileId: `likes ${version}` };
  await client.createAgentProfile({ ...agent, profile: { size: 1 } });
  const liked = await client.getAgentProfile(agent);
  assert.deepEqual(liked.data, { size: 1 });
  const { etag } = liked.headers;
  await client.setAgentProfile({ ...agent, profile: { size: 2 }, etag, matchHeader: "If-Match" });
  assert.deepEqual((await client.getAgentProfile(agent)).data, { size: 2 });

  const person = (await client.getAgent({ agent: learner })).data;
  assert.deepEqual(person.mbox, [learner.mbox]);
  const activity = (await client.getActivity({ activityId: ACTIVITY })).data;
  assert.equal(activity.id, ACTIVITY);
  assert.ok((await client.getAbout()).data.version.includes("2.0.0"));
}

run(async () => {
  await story("2.0.0");
  await story("1.0.3");
});
