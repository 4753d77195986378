-- Written by the first version of the journal, with made-up leads: see test_former_journal.py.
BEGIN TRANSACTION;
CREATE TABLE miimosa_journal_meta (
	name VARCHAR(32) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "miimosa_journal_meta" VALUES('schema_version','1');
INSERT INTO "miimosa_journal_meta" VALUES('journal_id','48aeef53b2f6fde51a5c499221be618b');
INSERT INTO "miimosa_journal_meta" VALUES('secret','01cb3e0fdf4e7483c4d9a835fe413d52e681311b70dea723a2fa86e528e9e255');
CREATE TABLE miimosa_lead (
	id INTEGER NOT NULL, 
	stream TEXT NOT NULL, 
	identity VARCHAR(64) NOT NULL, 
	payload_digest VARCHAR(64) NOT NULL, 
	delivered_digest VARCHAR(64), 
	status VARCHAR(16) NOT NULL, 
	reason TEXT, 
	attempts INTEGER NOT NULL, 
	envelope TEXT, 
	created_at VARCHAR(32) NOT NULL, 
	updated_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (identity)
);
INSERT INTO "miimosa_lead" VALUES(1,'leads','1f3d064bf904aae1fbe9cab08aac5f6d6c0d25f4','c207b678a0564083270d42e14f7d2c5f000c15b3','c207b678a0564083270d42e14f7d2c5f000c15b3','acknowledged',NULL,1,NULL,'2026-11-26T02:27:52.645Z','2026-11-26T02:27:52.680Z');
INSERT INTO "miimosa_lead" VALUES(2,'leads','972a53a096365187d4415e1a3c14eb69e03bdd23','7673b489fcaedd44fa90fff169f7b86841232d71','7673b489fcaedd44fa90fff169f7b86841232d71','acknowledged',NULL,1,NULL,'2026-11-26T02:27:52.647Z','2026-11-26T02:27:52.703Z');
INSERT INTO "miimosa_lead" VALUES(3,'leads','c0cadeb1f8aca2b68c67e21b270af670b33cb911','bf133a92779aec1362ad80e664e20542a9442595',NULL,'unknown','the connection broke (ConnectionResetError)',1,'{"body":{"email":"lise.morvan3@example.org","firstname":"Lise","lastname":"Morvan 3","phone":"0600000003","collect_type":"donation","project_description":"Replant an orchard of old apple varieties","project_total_budget":"18000","publication_timeframe":"next_months"},"stream":"leads","key_properties":["email"],"record":{"id":3,"email":"lise.morvan3@example.org","firstname":"Lise","lastname":"Morvan 3","phone":"0600000003","collect_type":"donation","project_description":"Replant an orchard of old apple varieties","project_total_budget":"18000","publication_timeframe":"next_months"}}','2026-11-26T02:27:52.648Z','2026-11-26T02:27:52.707Z');
INSERT INTO "miimosa_lead" VALUES(4,'leads','12c68bd7a122b2e21fd766ad33596469209f16c8','22669f5d3a18db859bffa1fafc0f73a76eec9dc1',NULL,'rejected','phone is missing or empty',0,'{"body":{"email":"lise.morvan4@example.org","firstname":"Lise","lastname":"Morvan 4","collect_type":"donation","project_description":"Replant an orchard of old apple varieties","project_total_budget":"18000","publication_timeframe":"next_months"},"stream":"leads","key_properties":["email"],"record":{"id":4,"email":"lise.morvan4@example.org","firstname":"Lise","lastname":"Morvan 4","collect_type":"donation","project_description":"Replant an orchard of old apple varieties","project_total_budget":"18000","publication_timeframe":"next_months"}}','2026-11-26T02:27:52.648Z','2026-11-26T02:27:52.648Z');
INSERT INTO "miimosa_lead" VALUES(5,'leads','6e46ad21c7ae827a3e8555f962efaa5a28ce8165','8209b2eee96a05ae9d1742590da965f714d8108e','8209b2eee96a05ae9d1742590da965f714d8108e','acknowledged',NULL,1,NULL,'2026-11-26T02:27:52.669Z','2026-11-26T02:27:52.710Z');
CREATE INDEX miimosa_lead_status ON miimosa_lead (status);
COMMIT;
