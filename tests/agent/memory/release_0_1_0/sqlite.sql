BEGIN TRANSACTION;
CREATE TABLE answers (
	turn VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	finished BOOLEAN NOT NULL, 
	shelf_seconds DOUBLE NOT NULL, 
	seconds DOUBLE NOT NULL, 
	timings JSON NOT NULL, 
	shown INTEGER NOT NULL, 
	sentences INTEGER NOT NULL, 
	plain_sentences INTEGER NOT NULL, 
	reasons INTEGER NOT NULL, 
	plain_reasons INTEGER NOT NULL, 
	PRIMARY KEY (turn), 
	FOREIGN KEY(turn) REFERENCES turns (id) ON DELETE CASCADE
);
INSERT INTO "answers" VALUES('t1',1714582800000000,1,0.25,0.75,'{"ranking":0.25,"explanations":0.5}',1,2,1,1,1);
INSERT INTO "answers" VALUES('t2',1714586400000000,0,0.125,0.125,'{"ranking":0.125}',0,0,0,0,0);
CREATE TABLE events (
	arrival INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR NOT NULL, 
	user VARCHAR NOT NULL, 
	item VARCHAR, 
	kind VARCHAR(16) NOT NULL, 
	value DOUBLE, 
	at BIGINT, 
	position BIGINT, 
	context JSON, 
	UNIQUE (id)
);
INSERT INTO "events" VALUES(1,'e1','ann','heat','like',NULL,1714564800000000,NULL,'{"device":"tv"}');
INSERT INTO "events" VALUES(2,'e2','ann','ran','rating',4.5,1714568400000000,7,NULL);
INSERT INTO "events" VALUES(3,'e3','ann',NULL,'search',NULL,NULL,NULL,'{"query":"heist"}');
INSERT INTO "events" VALUES(4,'e4','bob','heat','view',NULL,1714572000000000,NULL,NULL);
INSERT INTO "events" VALUES(6,'e6','zoe','ran','save',NULL,1714579200000000,NULL,NULL);
CREATE TABLE items (
	id VARCHAR NOT NULL, 
	title TEXT NOT NULL, 
	text TEXT NOT NULL, 
	attributes JSON NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "items" VALUES('heat','Heat','A thief.','{"year":1995,"genres":["Crime","Drama"]}','0777935e16b238e53853fe02644404a2be209906c9e0d48b7f8a221c37304685');
INSERT INTO "items" VALUES('ran','Ran','','{"year":1985,"genres":["Drama"]}','76246e2a713b6b55317ef91e87397d0f6d5e66381b0fd77234186655f8d5d544');
INSERT INTO "items" VALUES('roma','Roma','','{"year":2018,"genres":["Drama"]}','be797c2ffa68e10199ca8bdedd0304d98cfcb0d7f0d05d98d24def5bc52b1dac');
CREATE TABLE retractions (
	event VARCHAR NOT NULL, 
	user VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (event)
);
INSERT INTO "retractions" VALUES('e5','bob',1795852175860487);
CREATE TABLE settings (
	"key" VARCHAR NOT NULL, 
	value JSON, 
	PRIMARY KEY ("key")
);
INSERT INTO "settings" VALUES('schema_version',1);
INSERT INTO "settings" VALUES('index.stale','false');
INSERT INTO "settings" VALUES('schema.items','{"fields":{"id":"id","title":"title","text":"text"},"columns":[{"name":"year","source":"year","type":"integer","filled":3,"examples":["1995","1985","2018"]},{"name":"genres","source":"genres","type":"categories","filled":3,"examples":["Crime|Drama","Drama"]}]}');
INSERT INTO "settings" VALUES('schema.users','{"fields":{"id":"id"},"columns":[{"name":"age","source":"age","type":"integer","filled":2,"examples":["30","41"]}]}');
INSERT INTO "settings" VALUES('ranking:0123456789abcdef','{"retrieval":{"without_request":{"covisitation":1.0,"behaviour":1.0,"facets":0.15,"text":0.3,"summary":0.1,"popularity":0.1,"attributes":0.05,"context":0.05},"with_request":{"covisitation":0.3,"behaviour":0.3,"facets":0.15,"text":0.15,"summary":0.05,"popularity":0.1,"attributes":0.05,"context":0.05,"request":3.0,"words":3.0}},"lm_without_request":[0.5,0.1],"lm_with_request":[0.2,0.0],"users":700}');
INSERT INTO "settings" VALUES('strength:0123456789abcdef','{"measure":"opinion","like":{"intercept":0.25,"weights":{"norm":1.5},"bounds":null},"strength":{"intercept":0.5,"weights":{},"bounds":[1.0,5.0]},"threshold":0.6,"norms":{"mean":3.5,"items":{"heat":[0.5,12]}},"pairs":80,"judged":40}');
INSERT INTO "settings" VALUES('index.events',5);
INSERT INTO "settings" VALUES('adapters.promoted','[{"adapter":"001","at":"2024-05-01T12:00:00+00:00","why":"promoted","verdict":"better"},{"adapter":null,"at":"2024-05-01T12:00:00+00:00","why":"rolled back","verdict":null}]');
INSERT INTO "settings" VALUES('watch.tried','{"arrived":6,"at":"2024-05-01T12:00:00+00:00"}');
INSERT INTO "settings" VALUES('alerts','{"quiet_hours":{"since":"2024-05-01T12:00:00+00:00","text":"Quiet.","delivered":true}}');
INSERT INTO "settings" VALUES('builtin','"loading"');
CREATE TABLE shown (
	turn VARCHAR NOT NULL, 
	rank INTEGER NOT NULL, 
	user VARCHAR NOT NULL, 
	item VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (turn, rank), 
	FOREIGN KEY(turn) REFERENCES turns (id) ON DELETE CASCADE
);
INSERT INTO "shown" VALUES('t1',1,'ann','heat',1714582800000000);
CREATE TABLE summaries (
	user VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	written_by VARCHAR(16) NOT NULL, 
	last_event VARCHAR, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (user, version)
);
INSERT INTO "summaries" VALUES('ann',1,'Likes crime.','facts',NULL,1795852175911717);
INSERT INTO "summaries" VALUES('ann',2,'Turning to drama.','model','e2',1795852175938919);
INSERT INTO "summaries" VALUES('bob',1,'New here.','facts','e4',1795852175951806);
CREATE TABLE turns (
	id VARCHAR NOT NULL, 
	session VARCHAR NOT NULL, 
	user VARCHAR NOT NULL, 
	message TEXT NOT NULL, 
	reply TEXT NOT NULL, 
	recommendations JSON NOT NULL, 
	timings JSON NOT NULL, 
	prompts JSON NOT NULL, 
	model JSON, 
	at BIGINT NOT NULL, 
	context JSON NOT NULL, 
	counts JSON, 
	PRIMARY KEY (id)
);
INSERT INTO "turns" VALUES('t1','s1','ann','a heist film','Here is Heat.','[{"item":{"id":"heat","title":"Heat","text":"A thief.","attributes":{"year":1995,"genres":["Crime","Drama"]}},"rank":1,"score":0.75,"explanation":{"text":"Because of Ran.","written_by":"evidence"},"evidence":{"history":[{"item":"ran","title":"Ran","strength":0.5,"polarity":"liked","kind":null,"fields":[]}],"shared":[{"facet":"genres","value":"Drama","strength":0.7,"rarity":1.2}],"words":["heist"],"popularity":0.9,"rarities":[]},"parts":{"lm":0.25}}]','{"ranking":0.25,"explanations":0.5}','{"rank":"c0ffee"}','{"name":"tiny","sha256":"abababababababababababababababababababababababababababababababab","quantization":"none","adapter":null,"device":"cpu","dtype":"bfloat16"}',1714582800000000,'{"device":"tv"}','{"n":20}');
INSERT INTO "turns" VALUES('t2','s1','ann','nothing there?','','[]','{"ranking":0.125}','{}',NULL,1714586400000000,'{}','{}');
CREATE TABLE users (
	id VARCHAR NOT NULL, 
	attributes JSON NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "users" VALUES('ann','{"age":30}');
INSERT INTO "users" VALUES('bob','{"age":41}');
CREATE INDEX ix_events_user ON events (user);
CREATE INDEX ix_retractions_user ON retractions (user);
CREATE INDEX ix_turns_user ON turns (user);
CREATE INDEX ix_turns_session ON turns (session);
CREATE INDEX ix_answers_at ON answers (at);
CREATE INDEX ix_shown_at ON shown (at);
CREATE INDEX ix_events_item ON events (item, "user", at, kind, value);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('events',6);
COMMIT;
