"""The ledger that the SELECTs of docs/your-own-data.md, section 11, read from: a row or two of each kind."""

from __future__ import annotations

LEDGER = """
CREATE TABLE zahlungen (Beleg VARCHAR, Rechnung VARCHAR, Konto VARCHAR, Valuta DATE, Betrag DECIMAL(18,2), Skonto DECIMAL(18,2), Erfasst DATE);
INSERT INTO zahlungen VALUES
  ('1', 'R1', 'K1', '2024-01-05', 100, 3, '2024-01-06'), ('1', 'R2', 'K1', '2024-01-05', 50, 0, '2024-01-06'),
  ('2', NULL, 'K1', '2024-01-07', 20, 0, '2024-01-07'), ('3', 'R1', 'K1', '2024-01-12', -100, 0, '2024-01-12');
CREATE TABLE ausbuchungen (Beleg VARCHAR, Rechnung VARCHAR, Konto VARCHAR, Datum DATE, Betrag DECIMAL(18,2));
INSERT INTO ausbuchungen VALUES ('A1', 'R2', 'K1', '2024-01-05', 41), ('A2', 'R1', 'K1', '2024-01-02', 24);
CREATE TABLE steuern (Beleg VARCHAR, Rechnung VARCHAR, Valuta DATE, Einbehalt DECIMAL(18,2));
INSERT INTO steuern VALUES ('1', 'R1', '2024-01-05', 19);
CREATE TABLE abschlaege (Beleg VARCHAR, Auftrag VARCHAR, Konto VARCHAR, Datum DATE, Stand DECIMAL(18,2));
INSERT INTO abschlaege VALUES ('B1', 'X', 'K1', '2024-01-01', 40), ('B2', 'X', 'K1', '2024-02-01', 100), ('B3', 'X', 'K1', '2024-03-01', 90),
  ('B4', 'X', 'K1', '2024-04-01', 90), ('B5', 'Y', 'K1', '2024-02-15', 7);
CREATE TABLE umnummeriert (alt VARCHAR, neu VARCHAR, Ausgleich VARCHAR);
INSERT INTO umnummeriert VALUES ('R2', 'R1', '1');
CREATE TABLE kuendigungen (Vertrag VARCHAR, Konto VARCHAR, Beendet DATE, Grund VARCHAR, Offen DECIMAL(18,2));
INSERT INTO kuendigungen VALUES ('V8', 'K1', '2024-03-01', 'Zahlungsverzug', 80), ('V9', 'K1', '2024-03-01', 'Umzug', 90);
CREATE TABLE ratenzahlungen (Beleg VARCHAR, Rechnung VARCHAR, Valuta DATE, Betrag DECIMAL(18,2), Erfasst DATE);
INSERT INTO ratenzahlungen VALUES ('Z1', 'R9', '2024-02-01', 50, '2024-02-01'), ('Z2', 'R9', '2024-03-01', 30, '2024-03-01');
CREATE TABLE wechsel (Nummer VARCHAR, Rechnung VARCHAR, Konto VARCHAR, Bezogener VARCHAR, Erhalten DATE, Verfall DATE, Betrag DECIMAL(18,2), Eingeloest BOOLEAN);
INSERT INTO wechsel VALUES ('W1', 'R1', 'K1', 'Bank', '2024-01-05', '2024-07-05', 11, TRUE), ('W2', 'R1', 'K1', 'Kunde', '2024-01-05', '2024-07-05', 12, TRUE),
  ('W3', 'R1', 'K1', 'Kunde', '2024-01-05', '2024-07-05', 13, FALSE);
CREATE TABLE umschluesselung (alt VARCHAR, neu VARCHAR);
INSERT INTO umschluesselung VALUES ('K1', 'K2');
CREATE TABLE belege (Beleg VARCHAR, Konto VARCHAR, Datum DATE, Betrag DECIMAL(18,2), Bezug VARCHAR, Erfasst DATE);
INSERT INTO belege VALUES ('R1', 'K1', '2024-01-01', 103, NULL, '2024-01-01'), ('R5', 'K1', '2024-01-04', 105, NULL, '2024-01-04'), ('G1', 'K1', '2024-01-09', -7, 'R2', '2024-01-09');
CREATE TABLE raten (Beleg VARCHAR, Rate INTEGER, Konto VARCHAR, Datum DATE, Faellig DATE, Betrag DECIMAL(18,2), Erfasst DATE);
INSERT INTO raten VALUES ('R9', 1, 'K1', '2024-01-01', '2024-02-01', 40, '2024-01-01'), ('R9', 2, 'K1', '2024-01-01', '2024-03-01', 60, '2024-01-01');
CREATE TABLE verrechnungen (Beleg VARCHAR, Rechnung VARCHAR, Datum DATE, Betrag DECIMAL(18,2), Erfasst DATE);
INSERT INTO verrechnungen VALUES ('V1', 'R2', '2024-01-20', 9, '2024-01-21');
CREATE TABLE umbuchungen (Beleg VARCHAR, Rechnung VARCHAR, Konto VARCHAR, Eingang DATE, Umgebucht DATE, Betrag DECIMAL(18,2));
INSERT INTO umbuchungen VALUES ('U1', 'R2', 'K1', '2024-01-07', '2024-01-25', 20);
CREATE TABLE fremdzahlungen (Beleg VARCHAR, Rechnung VARCHAR, Valuta DATE, Art VARCHAR, Betrag DECIMAL(18,2), Fremdbetrag DECIMAL(18,2));
INSERT INTO fremdzahlungen VALUES ('F1', 'R3', '2024-01-20', 'Zahlung', 88, 100), ('F1', 'R3', '2024-01-20', 'Kursdifferenz', -4, 0);
CREATE TABLE filialen (filiale VARCHAR, zentrale VARCHAR);
INSERT INTO filialen VALUES ('K1', 'K9');
CREATE TABLE ruecklaeufer (Zahlung VARCHAR, Rechnung VARCHAR, Konto VARCHAR, Datum DATE, Betrag DECIMAL(18,2));
INSERT INTO ruecklaeufer VALUES ('1', 'R2', 'K1', '2024-01-10', 50);
CREATE TABLE kartenzahlungen (Vorgang VARCHAR, Rechnung VARCHAR, Bezahlt DATE, Ausgezahlt DATE, Brutto DECIMAL(18,2), Netto DECIMAL(18,2));
INSERT INTO kartenzahlungen VALUES ('C1', 'R5', '2024-01-20', '2024-01-22', 105, 101.65);
CREATE TABLE mahngebuehren (Beleg VARCHAR);
INSERT INTO mahngebuehren VALUES ('R5');
CREATE TABLE absprachen (Beleg VARCHAR, Vereinbart DATE, Faellig DATE, Grund VARCHAR);
INSERT INTO absprachen VALUES ('R5', '2024-01-04', '2024-10-01', 'Saison'), ('R5', '2024-09-20', '2024-12-01', 'Saison'), ('R1', '2024-01-25', '2024-06-01', 'Stundung');
CREATE TABLE anzahlungen (Beleg VARCHAR, Schlussrechnung VARCHAR, Betrag DECIMAL(18,2));
INSERT INTO anzahlungen VALUES ('A8', 'R5', 20), ('A9', 'R5', 11);
CREATE TABLE neuberechnet (alt VARCHAR, neu VARCHAR, Gutschrift VARCHAR);
INSERT INTO neuberechnet VALUES ('R0', 'R1', 'G0'), ('R1', 'R2', 'G1');
CREATE TABLE faelligkeiten (Beleg VARCHAR, Faellig DATE, Ziel INTEGER);
INSERT INTO faelligkeiten VALUES ('R1', NULL, 60), ('R5', '2024-02-29', 60);
CREATE TABLE vortraege (Abschluss VARCHAR, Eroeffnung VARCHAR);
INSERT INTO vortraege VALUES ('2', 'R1');
CREATE TABLE abtretungen (Beleg VARCHAR);
INSERT INTO abtretungen VALUES ('R1');
CREATE TABLE kreise (Kreis VARCHAR, Beleg VARCHAR, Rechnung VARCHAR, Datum DATE, Betrag DECIMAL(18,2));
INSERT INTO kreise VALUES ('FI', '7', 'R1', '2024-01-20', 70), ('BR', '7', 'R1', '2024-01-20', 71);
CREATE TABLE rueckgaben (Beleg VARCHAR, Konto VARCHAR, Datum DATE, Betrag DECIMAL(18,2));
INSERT INTO rueckgaben VALUES ('Q1', 'K1', '2024-01-10', 50);
CREATE TABLE reste (Neu VARCHAR, Faellig DATE);
INSERT INTO reste VALUES ('R5', '2023-12-15');
CREATE TABLE vermerke (Beleg VARCHAR, Ruecknahme VARCHAR);
INSERT INTO vermerke VALUES ('R5', 'G1');
CREATE TABLE auszahlungen (Beleg VARCHAR, Gutschrift VARCHAR, Datum DATE, Betrag DECIMAL(18,2));
INSERT INTO auszahlungen VALUES ('X1', 'G1', '2024-01-20', 7);
CREATE TABLE entschaedigungen (Schaden VARCHAR, Beleg VARCHAR, Rechnung VARCHAR, Konto VARCHAR, Datum DATE, Betrag DECIMAL(18,2));
INSERT INTO entschaedigungen VALUES ('S1', '1', 'R2', 'K1', '2024-01-04', 50);
"""
