import eu.europa.esig.dss.diagnostic.EvidenceRecordWrapper;
import eu.europa.esig.dss.diagnostic.jaxb.XmlDigestMatcher;
import eu.europa.esig.dss.enumerations.DigestMatcherType;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Reads lines "trusted.pem,... TAB record TAB file" from standard input and answers each with one line: file,
 * number of records, indication, whether every hash was found and fits, number of time stamps, number of time stamps
 * whose imprint was found and fits, what DSS says; fields are separated by TAB.
 */
public class ErsCheck {
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t", 3);
            String said;
            try {
                said = judge(parts[0].split(","), new File(parts[1]), new File(parts[2]));
            } catch (Exception | LinkageError problem) {
                said = "0\tERROR\tfalse\t0\t0\t" + clean(problem.toString());
            }
            out.println(parts[2] + "\t" + said);
        }
    }

    private static String judge(String[] trusted, File record, File file) {
        CommonTrustedCertificateSource source = new CommonTrustedCertificateSource();
        Arrays.stream(trusted).forEach(one -> source.addCertificate(DSSUtils.loadCertificate(new File(one))));
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(source);
        verifier.setAIASource(null);
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(record));
        validator.setCertificateVerifier(verifier);
        validator.setDetachedContents(Collections.singletonList(new FileDocument(file)));
        Reports reports = validator.validateDocument();
        SimpleReport simple = reports.getSimpleReport();
        List<EvidenceRecordWrapper> records = reports.getDiagnosticData().getEvidenceRecords();
        if (records.isEmpty()) {
            return "0\tNO_RECORD\tfalse\t0\t0\t";
        }
        EvidenceRecordWrapper first = records.get(0);
        // the sibling of the file's hash stands in the same list (RFC 4998, 4.2): DSS calls it an orphan
        List<XmlDigestMatcher> own = first.getDigestMatchers().stream()
                .filter(one -> one.getType() != DigestMatcherType.EVIDENCE_RECORD_ORPHAN_REFERENCE)
                .collect(Collectors.toList());
        boolean fits = !own.isEmpty() && own.stream().allMatch(one -> one.isDataFound() && one.isDataIntact());
        long good = first.getTimestampList().stream().filter(
                one -> one.isMessageImprintDataFound() && one.isMessageImprintDataIntact()).count();
        return String.join("\t", String.valueOf(records.size()), String.valueOf(simple.getIndication(first.getId())),
                String.valueOf(fits), String.valueOf(first.getTimestampList().size()), String.valueOf(good),
                words(simple, first.getId()));
    }

    private static String words(SimpleReport simple, String id) {
        List<Message> said = new ArrayList<>(simple.getAdESValidationErrors(id));
        said.addAll(simple.getAdESValidationWarnings(id));
        return clean(said.stream().map(Message::getValue).collect(Collectors.joining("; ")));
    }

    private static String clean(String text) {
        return text.replaceAll("\\s+", " ");
    }
}
