import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.service.crl.OnlineCRLSource;
import eu.europa.esig.dss.service.ocsp.OnlineOCSPSource;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Reads lines "online|offline TAB moment or - TAB root.pem TAB path" from standard input and answers each with one
 * line: path, number of signatures, format, indication, sub-indication, best signature time, what was changed after
 * signing, number of time stamps that passed of how many, moment of the latest, what DSS says; fields are separated by
 * TAB. Of several signatures the first is told.
 */
public class DssCheck {
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t", 4);
            String said;
            try {
                said = judge(parts[0].equals("online"), parts[1], new File(parts[2]), new File(parts[3]));
            } catch (Exception | LinkageError problem) {
                said = "0\t\tERROR\t\t\t\t\t\t" + clean(problem.toString());
            }
            out.println(parts[3] + "\t" + said);
        }
    }

    private static String judge(boolean online, String moment, File root, File file) {
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file));
        validator.setCertificateVerifier(verifier(online, root));
        if (!moment.equals("-")) {
            validator.setValidationTime(Date.from(Instant.parse(moment)));
        }
        Reports reports = validator.validateDocument();
        SimpleReport simple = reports.getSimpleReport();
        List<String> ids = simple.getSignatureIdList();
        if (ids.isEmpty()) {
            return "0\t\tNO_SIGNATURE\t\t\t\t\t\t";
        }
        String id = ids.get(0);
        SignatureWrapper signature = reports.getDiagnosticData().getSignatureById(id);
        return String.join("\t", String.valueOf(ids.size()), String.valueOf(simple.getSignatureFormat(id)),
                String.valueOf(simple.getIndication(id)),
                simple.getSubIndication(id) == null ? "" : simple.getSubIndication(id).toString(),
                simple.getBestSignatureTime(id) == null ? "" : simple.getBestSignatureTime(id).toInstant().toString(),
                String.join(",", changes(signature)), stamps(simple, signature), latest(signature), words(simple, id));
    }

    private static CommonCertificateVerifier verifier(boolean online, File root) {
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        trusted.addCertificate(DSSUtils.loadCertificate(root));
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(trusted);
        if (online) {
            verifier.setCrlSource(new OnlineCRLSource());
            verifier.setOcspSource(new OnlineOCSPSource());
        } else {
            verifier.setAIASource(null);
        }
        return verifier;
    }

    private static List<String> changes(SignatureWrapper signature) {
        List<String> found = new ArrayList<>();
        if (signature.arePdfModificationsDetected()) {
            found.add("modified");
        }
        if (!signature.getPdfExtensionChanges().isEmpty()) {
            found.add("extension");
        }
        if (!signature.getPdfSignatureOrFormFillChanges().isEmpty()) {
            found.add("form");
        }
        if (!signature.getPdfAnnotationChanges().isEmpty()) {
            found.add("annotation");
        }
        if (!signature.getPdfUndefinedChanges().isEmpty()) {
            found.add("undefined");
        }
        return found;
    }

    private static String stamps(SimpleReport simple, SignatureWrapper signature) {
        List<TimestampWrapper> all = signature.getTimestampList();
        long good = all.stream().filter(one -> "PASSED".equals(String.valueOf(simple.getIndication(one.getId())))).count();
        return good + "/" + all.size();
    }

    private static String latest(SignatureWrapper signature) {
        return signature.getTimestampList().stream().map(TimestampWrapper::getProductionTime).max(Date::compareTo)
                .map(moment -> moment.toInstant().toString()).orElse("");
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
