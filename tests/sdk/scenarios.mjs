// Drives the program under test through the official TypeScript SDK, unmodified.
// Usage: node scenarios.mjs NAME SDK_DIR JSON, where JSON holds {program, home, work, baseUrl}; prints one JSON object.
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const [name, sdkDir, jobText] = process.argv.slice(2);
const job = JSON.parse(jobText);
const { Codex } = await import(pathToFileURL(join(sdkDir, "dist", "index.js")).href);

const codex = new Codex({
  codexPathOverride: job.program,
  baseUrl: job.baseUrl,
  apiKey: "sdk-test-key",
  env: { PATH: process.env.PATH, HOME: job.home, JOURNEYMAN_HOME: job.home },
});
const options = {
  model: "gpt-5.5",
  workingDirectory: job.work,
  skipGitRepoCheck: true,
  sandboxMode: "workspace-write",
  approvalPolicy: "never",
  modelReasoningEffort: "low",
  networkAccessEnabled: false,
  webSearchMode: "disabled",
  additionalDirectories: [],
};

const message = async (promise) => {
  try {
    await promise;
    return null;
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};

const scenarios = {
  async oneShot() {
    const turn = await codex.startThread(options).run("do it");
    return { final: turn.finalResponse, items: turn.items.map((item) => item.type), usage: turn.usage };
  },
  async streamed() {
    const { events } = await codex.startThread(options).runStreamed("do it");
    const seen = [];
    for await (const event of events) seen.push(event.item ? `${event.type}:${event.item.type}` : event.type);
    return { seen };
  },
  async resumed() {
    const first = codex.startThread(options);
    await first.run("first question");
    const again = codex.resumeThread(first.id, options);
    const turn = await again.run("second question");
    return { sameThread: first.id === again.id, final: turn.finalResponse };
  },
  async structured() {
    const outputSchema = { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"], additionalProperties: false };
    const turn = await codex.startThread(options).run("do it", { outputSchema });
    return { answer: JSON.parse(turn.finalResponse) };
  },
  async image() {
    const input = [{ type: "text", text: "look" }, { type: "local_image", path: join(job.work, "dot.png") }];
    const turn = await codex.startThread(options).run(input);
    return { final: turn.finalResponse };
  },
  async abort() {
    const controller = new AbortController();
    const { events } = await codex.startThread(options).runStreamed("do it", { signal: controller.signal });
    const consume = async () => {
      for await (const event of events) if (event.type === "turn.started") setTimeout(() => controller.abort(), 300);
    };
    return { error: await message(consume()) };
  },
  async failing() {
    return { error: await message(codex.startThread(options).run("do it")) };
  },
  async usageError() {
    return { error: await message(codex.startThread({ ...options, sandboxMode: "no-such-mode" }).run("x".repeat(500000))) };
  },
};

console.log(JSON.stringify(await scenarios[name]()));
