CREATE TABLE public.answers (
    turn character varying NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    finished boolean NOT NULL,
    shelf_seconds double precision NOT NULL,
    seconds double precision NOT NULL,
    timings json NOT NULL,
    shown integer NOT NULL,
    sentences integer NOT NULL,
    plain_sentences integer NOT NULL,
    reasons integer NOT NULL,
    plain_reasons integer NOT NULL
);
CREATE TABLE public.events (
    arrival bigint NOT NULL,
    id character varying NOT NULL COLLATE pg_catalog."C",
    "user" character varying NOT NULL COLLATE pg_catalog."C",
    item character varying COLLATE pg_catalog."C",
    kind character varying(16) NOT NULL,
    value double precision,
    at bigint,
    "position" bigint,
    context json
);
ALTER TABLE public.events ALTER COLUMN arrival ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.events_arrival_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.items (
    id character varying NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL,
    text text NOT NULL,
    attributes json NOT NULL,
    content_hash character varying(64) NOT NULL
);
CREATE TABLE public.retractions (
    event character varying NOT NULL COLLATE pg_catalog."C",
    "user" character varying NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL
);
CREATE TABLE public.settings (
    key character varying NOT NULL COLLATE pg_catalog."C",
    value json
);
CREATE TABLE public.shown (
    turn character varying NOT NULL COLLATE pg_catalog."C",
    rank integer NOT NULL,
    "user" character varying NOT NULL COLLATE pg_catalog."C",
    item character varying NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL
);
CREATE TABLE public.summaries (
    "user" character varying NOT NULL COLLATE pg_catalog."C",
    version integer NOT NULL,
    text text NOT NULL,
    written_by character varying(16) NOT NULL,
    last_event character varying COLLATE pg_catalog."C",
    at bigint NOT NULL
);
CREATE TABLE public.turns (
    id character varying NOT NULL COLLATE pg_catalog."C",
    session character varying NOT NULL COLLATE pg_catalog."C",
    "user" character varying NOT NULL COLLATE pg_catalog."C",
    message text NOT NULL,
    reply text NOT NULL,
    recommendations json NOT NULL,
    timings json NOT NULL,
    prompts json NOT NULL,
    model json,
    at bigint NOT NULL,
    context json NOT NULL,
    counts json
);
CREATE TABLE public.users (
    id character varying NOT NULL COLLATE pg_catalog."C",
    attributes json NOT NULL
);
INSERT INTO public.answers VALUES ('t1', 1714582800000000, true, 0.25, 0.75, '{"ranking":0.25,"explanations":0.5}', 1, 2, 1, 1, 1);
INSERT INTO public.answers VALUES ('t2', 1714586400000000, false, 0.125, 0.125, '{"ranking":0.125}', 0, 0, 0, 0, 0);
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (1, 'e1', 'ann', 'heat', 'like', NULL, 1714564800000000, NULL, '{"device":"tv"}');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (2, 'e2', 'ann', 'ran', 'rating', 4.5, 1714568400000000, 7, NULL);
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (3, 'e3', 'ann', NULL, 'search', NULL, NULL, NULL, '{"query":"heist"}');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (4, 'e4', 'bob', 'heat', 'view', NULL, 1714572000000000, NULL, NULL);
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (6, 'e6', 'zoe', 'ran', 'save', NULL, 1714579200000000, NULL, NULL);
INSERT INTO public.items VALUES ('heat', 'Heat', 'A thief.', '{"year":1995,"genres":["Crime","Drama"]}', '0777935e16b238e53853fe02644404a2be209906c9e0d48b7f8a221c37304685');
INSERT INTO public.items VALUES ('ran', 'Ran', '', '{"year":1985,"genres":["Drama"]}', '76246e2a713b6b55317ef91e87397d0f6d5e66381b0fd77234186655f8d5d544');
INSERT INTO public.items VALUES ('roma', 'Roma', '', '{"year":2018,"genres":["Drama"]}', 'be797c2ffa68e10199ca8bdedd0304d98cfcb0d7f0d05d98d24def5bc52b1dac');
INSERT INTO public.retractions VALUES ('e5', 'bob', 1795852256809496);
INSERT INTO public.settings VALUES ('schema_version', '1');
INSERT INTO public.settings VALUES ('schema.items', '{"fields":{"id":"id","title":"title","text":"text"},"columns":[{"name":"year","source":"year","type":"integer","filled":3,"examples":["1995","1985","2018"]},{"name":"genres","source":"genres","type":"categories","filled":3,"examples":["Crime|Drama","Drama"]}]}');
INSERT INTO public.settings VALUES ('schema.users', '{"fields":{"id":"id"},"columns":[{"name":"age","source":"age","type":"integer","filled":2,"examples":["30","41"]}]}');
INSERT INTO public.settings VALUES ('index.stale', 'false');
INSERT INTO public.settings VALUES ('ranking:0123456789abcdef', '{"retrieval":{"without_request":{"covisitation":1.0,"behaviour":1.0,"facets":0.15,"text":0.3,"summary":0.1,"popularity":0.1,"attributes":0.05,"context":0.05},"with_request":{"covisitation":0.3,"behaviour":0.3,"facets":0.15,"text":0.15,"summary":0.05,"popularity":0.1,"attributes":0.05,"context":0.05,"request":3.0,"words":3.0}},"lm_without_request":[0.5,0.1],"lm_with_request":[0.2,0.0],"users":700}');
INSERT INTO public.settings VALUES ('strength:0123456789abcdef', '{"measure":"opinion","like":{"intercept":0.25,"weights":{"norm":1.5},"bounds":null},"strength":{"intercept":0.5,"weights":{},"bounds":[1.0,5.0]},"threshold":0.6,"norms":{"mean":3.5,"items":{"heat":[0.5,12]}},"pairs":80,"judged":40}');
INSERT INTO public.settings VALUES ('index.events', '5');
INSERT INTO public.settings VALUES ('adapters.promoted', '[{"adapter":"001","at":"2024-05-01T12:00:00+00:00","why":"promoted","verdict":"better"},{"adapter":null,"at":"2024-05-01T12:00:00+00:00","why":"rolled back","verdict":null}]');
INSERT INTO public.settings VALUES ('watch.tried', '{"arrived":6,"at":"2024-05-01T12:00:00+00:00"}');
INSERT INTO public.settings VALUES ('alerts', '{"quiet_hours":{"since":"2024-05-01T12:00:00+00:00","text":"Quiet.","delivered":true}}');
INSERT INTO public.settings VALUES ('builtin', '"loading"');
INSERT INTO public.shown VALUES ('t1', 1, 'ann', 'heat', 1714582800000000);
INSERT INTO public.summaries VALUES ('ann', 1, 'Likes crime.', 'facts', NULL, 1795852256848802);
INSERT INTO public.summaries VALUES ('ann', 2, 'Turning to drama.', 'model', 'e2', 1795852256869531);
INSERT INTO public.summaries VALUES ('bob', 1, 'New here.', 'facts', 'e4', 1795852256885508);
INSERT INTO public.turns VALUES ('t1', 's1', 'ann', 'a heist film', 'Here is Heat.', '[{"item":{"id":"heat","title":"Heat","text":"A thief.","attributes":{"year":1995,"genres":["Crime","Drama"]}},"rank":1,"score":0.75,"explanation":{"text":"Because of Ran.","written_by":"evidence"},"evidence":{"history":[{"item":"ran","title":"Ran","strength":0.5,"polarity":"liked","kind":null,"fields":[]}],"shared":[{"facet":"genres","value":"Drama","strength":0.7,"rarity":1.2}],"words":["heist"],"popularity":0.9,"rarities":[]},"parts":{"lm":0.25}}]', '{"ranking":0.25,"explanations":0.5}', '{"rank":"c0ffee"}', '{"name":"tiny","sha256":"abababababababababababababababababababababababababababababababab","quantization":"none","adapter":null,"device":"cpu","dtype":"bfloat16"}', 1714582800000000, '{"device":"tv"}', '{"n":20}');
INSERT INTO public.turns VALUES ('t2', 's1', 'ann', 'nothing there?', '', '[]', '{"ranking":0.125}', '{}', NULL, 1714586400000000, '{}', '{}');
INSERT INTO public.users VALUES ('ann', '{"age":30}');
INSERT INTO public.users VALUES ('bob', '{"age":41}');
SELECT pg_catalog.setval('public.events_arrival_seq', 6, true);
ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_pkey PRIMARY KEY (turn);
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_id_key UNIQUE (id);
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (arrival);
ALTER TABLE ONLY public.items
    ADD CONSTRAINT items_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.retractions
    ADD CONSTRAINT retractions_pkey PRIMARY KEY (event);
ALTER TABLE ONLY public.settings
    ADD CONSTRAINT settings_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.shown
    ADD CONSTRAINT shown_pkey PRIMARY KEY (turn, rank);
ALTER TABLE ONLY public.summaries
    ADD CONSTRAINT summaries_pkey PRIMARY KEY ("user", version);
ALTER TABLE ONLY public.turns
    ADD CONSTRAINT turns_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE INDEX ix_answers_at ON public.answers USING btree (at);
CREATE INDEX ix_events_item ON public.events USING btree (item, "user", at, kind, value);
CREATE INDEX ix_events_user ON public.events USING btree ("user");
CREATE INDEX ix_events_user_arrival ON public.events USING btree ("user", arrival);
CREATE INDEX ix_retractions_user ON public.retractions USING btree ("user");
CREATE INDEX ix_shown_at ON public.shown USING btree (at);
CREATE INDEX ix_turns_session ON public.turns USING btree (session);
CREATE INDEX ix_turns_user ON public.turns USING btree ("user");
ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_turn_fkey FOREIGN KEY (turn) REFERENCES public.turns(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.shown
    ADD CONSTRAINT shown_turn_fkey FOREIGN KEY (turn) REFERENCES public.turns(id) ON DELETE CASCADE;
