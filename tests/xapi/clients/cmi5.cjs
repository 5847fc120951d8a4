// @xapi/cmi5: a unit as it is launched, with a credential for one registration alone.
"use strict";
const { createServer } = require("node:http");
const { assert, given, run } = require("./house.cjs");

globalThis.window = { location: { search: "", href: "https://content.example/" } };
globalThis.XMLHttpRequest = require("xhr2");
const Cmi5 = require("@xapi/cmi5/dist/Cmi5.umd.js");

// The address from which a unit fetches its token, once (cmi5, 8.2).
function handsOut(token) {
  const server = createServer((request, response) => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ "auth-token": token }));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

run(async () => {
  const server = await handsOut(Buffer.from(`${given.key}:${given.secret}`).toString("base64"));
  const unit = new Cmi5({
    endpoint: given.endpoint,
    fetch: `http://127.0.0.1:${server.address().port}/`,
    actor: given.actor,
    registration: given.registration,
    activityId: given.activity,
  });
  await unit.initialize();
  assert.equal(unit.launchData.launchMode, "Normal");
  await unit.progress(50);
  await unit.interactionTrueFalse("test", "question", true, true);
  await unit.pass(0.9);
  await unit.complete();
  await unit.terminate();

  const { registration, actor: agent, activity: activityId } = given;
  const found = (await unit.xapi.getStatements({ registration, ascending: true })).data.statements;
  const sent = found.filter((each) => each.authority.account.name === `registration:${registration}`);
  const verbs = sent.map((each) => each.verb.id.split("/").pop());
  assert.deepEqual(verbs, ["initialized", "progressed", "answered", "passed", "completed", "terminated"]);
  const whose = { agent, activityId, registration, stateId: "place" };
  await unit.xapi.setState({ ...whose, state: { page: 3 } });
  assert.deepEqual((await unit.xapi.getState(whose)).data, { page: 3 });
  const refused = (wrong) => wrong.response.status === 403;
  await assert.rejects(unit.xapi.getState({ ...whose, registration: undefined }), refused);
  console.log(JSON.stringify(sent.map((each) => each.id)));
});
