-- The view of factors, with who loaded and who published their pack, and a view of packs. A blank
-- line ends a statement.

DROP VIEW factor_view;

CREATE VIEW pack_view AS
SELECT p.code AS pack, p.edition AS edition, p.publisher AS publisher, p.title AS title,
       p.document AS document, p.licence AS licence, p.published_on AS published_on,
       p.confidence AS confidence, p.note AS note,
       (SELECT COUNT(*) FROM factor AS f WHERE f.pack_id = p.id) AS factors,
       CASE WHEN q.id IS NOT NULL THEN 'published' ELSE COALESCE(p.standing, 'earlier') END AS state,
       l.actor AS loaded_by, l.posted_at AS loaded_at, r.actor AS published_by,
       r.posted_at AS published_at, r.reason AS publication_reason, p.content_hash AS content_hash,
       p.batch_id AS batch, q.batch_id AS publication_batch
FROM factor_pack AS p
LEFT JOIN batch AS l ON l.id = p.batch_id
LEFT JOIN publication AS q ON q.pack_id = p.id
LEFT JOIN batch AS r ON r.id = q.batch_id;

CREATE VIEW factor_view AS
SELECT p.code || '@' || p.edition || '/' || f.code AS factor, p.code AS pack,
       p.edition AS edition, f.activity AS activity, f.region AS region,
       f.valid_from AS valid_from, f.valid_to AS valid_to, f.data_year AS data_year,
       f.purpose AS purpose, f.gas AS gas, f.value AS value, f.unit AS unit, f.basis AS basis,
       f.technology AS technology, f.uncertainty AS uncertainty, p.publisher AS publisher,
       p.title AS title, p.document AS document, p.published_on AS published_on, f.page AS page,
       f.confidence AS confidence, f.note AS note, f.batch_id AS batch,
       CASE WHEN q.id IS NOT NULL THEN 'published' ELSE COALESCE(p.standing, 'earlier') END AS state,
       l.actor AS loaded_by, l.posted_at AS loaded_at, r.actor AS published_by,
       r.posted_at AS published_at
FROM factor AS f JOIN factor_pack AS p ON p.id = f.pack_id
LEFT JOIN batch AS l ON l.id = p.batch_id
LEFT JOIN publication AS q ON q.pack_id = p.id
LEFT JOIN batch AS r ON r.id = q.batch_id;
