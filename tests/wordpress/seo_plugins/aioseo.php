<?php
/**
 * Stands in for All in One SEO 4: a table of its own, a model that writes to it. Terms have no fields of their own in
 * the free version. Before 4.9.8 what savePost() is not given is set back to its default, with a warning of PHP for each
 * field. It resolves character references as often as there are any, and takes tags and shortcodes away.
 */
namespace AIOSEO\Plugin\Common\Models {

	/**
	 * A row of the table.
	 */
	class Post {

		const MAP = array(
			'title'       => 'title',
			'description' => 'description',
			'keyphrases'  => 'keyphrases',
			'noindex'     => 'robots_noindex',
			'og_title'    => 'og_title',
		);

		/**
		 * The row of a post.
		 *
		 * @param int $id Post.
		 * @return object
		 */
		public static function getPost( $id ) {
			global $wpdb;
			$row = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM {$wpdb->prefix}aioseo_posts WHERE post_id = %d", $id ) );
			return $row ? $row : (object) array_fill_keys( $wpdb->get_col( "DESCRIBE {$wpdb->prefix}aioseo_posts" ), null );
		}

		/**
		 * Writes what it is given.
		 *
		 * @param int                 $id   Post.
		 * @param array<string,mixed> $data Fields, in the names of MAP and canonicalUrl.
		 */
		public static function savePost( $id, $data ) {
			global $wpdb;
			$row = array(
				'post_id' => $id,
				'updated' => gmdate( 'Y-m-d H:i:s' ),
			);
			$is_patch = version_compare( AIOSEO_VERSION, '4.9.8', '>=' );
			foreach ( self::MAP as $key => $column ) {
				if ( array_key_exists( $key, $data ) || ! $is_patch ) {
					if ( ! array_key_exists( $key, $data ) ) {
						trigger_error( esc_html( "Undefined array key \"$key\"" ), E_USER_WARNING );
					}
					$value          = empty( $data[ $key ] ) ? null : $data[ $key ];
					$row[ $column ] = is_string( $value ) ? sanitize_text_field( $value ) : ( is_array( $value ) ? wp_json_encode( $value ) : $value );
				}
			}
			if ( array_key_exists( 'canonicalUrl', $data ) || ! $is_patch ) {
				$row['canonical_url'] = empty( $data['canonicalUrl'] ) ? null : esc_url_raw( $data['canonicalUrl'] );
			}
			$there = self::getPost( $id );
			if ( $there->id ) {
				$wpdb->update( $wpdb->prefix . 'aioseo_posts', $row, array( 'id' => $there->id ) );
			} else {
				$wpdb->insert( $wpdb->prefix . 'aioseo_posts', $row );
			}
			do_action( 'aioseo_insert_post', $id );
		}
	}
}

namespace {
	define( 'AIOSEO_VERSION', isset( $igny8_faults['aioseo_version'] ) ? $igny8_faults['aioseo_version'] : '4.9.9' );

	$GLOBALS['wpdb']->query( "CREATE TABLE IF NOT EXISTS {$GLOBALS['wpdb']->prefix}aioseo_posts (id bigint PRIMARY KEY AUTO_INCREMENT, post_id bigint, title text, description text, keyphrases longtext, canonical_url text, robots_noindex tinyint, og_title text, updated datetime, KEY (post_id)) ENGINE=InnoDB" );

	$igny8_shown = static function ( $text, $id ) {
		$text = preg_replace_callback(
			'/#(post_title|separator_sa|site_title|category)(?![a-z0-9_])/i',
			static function ( $found ) use ( $id ) {
				return igny8_stand_in_variable( $found[1], 'post', $id );
			},
			(string) $text
		);
		for ( $times = 0; $times < 10; $times++ ) {
			$text = html_entity_decode( $text );
		}
		return wp_strip_all_tags( strip_shortcodes( str_replace( '<3', '&lt;3', $text ) ) );
	};
	igny8_stand_in_head(
		static function ( $kind, $id ) use ( $igny8_shown ) {
			$row = 'post' === $kind ? AIOSEO\Plugin\Common\Models\Post::getPost( $id ) : (object) array( 'id' => null );
			return $row->id ? array( $igny8_shown( $row->title, $id ), $igny8_shown( $row->description, $id ), $row->canonical_url ) : array( '', '', '' );
		}
	);
}
